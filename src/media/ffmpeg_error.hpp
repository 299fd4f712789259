#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <string>

namespace streamkit::media {

/// Maps an FFmpeg return code; no other code does. `what` names the attempted operation and its
/// object.
STREAMKIT_API [[nodiscard]] Error ffmpeg_error(int code, const std::string& what);

/// Returns the error for an FFmpeg allocation that returned null.
STREAMKIT_API [[nodiscard]] Error out_of_memory();

}  // namespace streamkit::media

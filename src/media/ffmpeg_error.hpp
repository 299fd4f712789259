#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <string>

namespace streamkit::media {

/// The only mapping from FFmpeg's return codes. `what` names the attempted operation and its
/// object.
STREAMKIT_API [[nodiscard]] Error ffmpeg_error(int code, const std::string& what);

/// An allocation of FFmpeg returned null.
STREAMKIT_API [[nodiscard]] Error out_of_memory();

}  // namespace streamkit::media

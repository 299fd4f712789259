#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <string>

namespace streamkit::media {

/// The one mapping from FFmpeg's return codes. `what` says what was tried, and on what.
STREAMKIT_API [[nodiscard]] Error ffmpeg_error(int code, const std::string& what);

/// An allocation of FFmpeg returned null.
STREAMKIT_API [[nodiscard]] Error out_of_memory();

}  // namespace streamkit::media

#pragma once

#include <streamkit/core/error.hpp>
#include <string>

namespace streamkit::media {

/// The one mapping from FFmpeg's return codes. `what` says what was tried, and on what.
[[nodiscard]] Error ffmpeg_error(int code, const std::string& what);

/// An allocation of FFmpeg returned null.
[[nodiscard]] Error out_of_memory();

}  // namespace streamkit::media

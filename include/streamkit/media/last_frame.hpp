#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Decodes a chunk of this kit and returns its last frame, for example to show it while a stream is
/// interrupted. Blocks for the time of decoding the whole chunk.
/// Errors: CorruptData (not a video, or no frame in it); Unsupported.
STREAMKIT_API Result<VideoFrame> decode_last_frame(std::span<const std::uint8_t> chunk);

}  // namespace streamkit::media

#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/video_codec.hpp>

namespace streamkit::media {

/// Returns whether the coded picture, with start codes, is an IDR.
[[nodiscard]] bool is_idr(std::span<const std::uint8_t> picture, VideoCodec codec);

/// Returns the parameter sets before the first slice, with start codes.
[[nodiscard]] Bytes parameter_sets(std::span<const std::uint8_t> picture, VideoCodec codec);

/// Puts `sets` before the first NAL unit that is not an access unit delimiter.
void put_parameter_sets(Bytes& picture, const Bytes& sets, VideoCodec codec);

}  // namespace streamkit::media

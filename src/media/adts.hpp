#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Returns the AudioSpecificConfig of AAC with ADTS headers, as MPEG-TS has it, which containers
/// need before the first packet. Empty for other audio, and for channels that the config cannot
/// name.
[[nodiscard]] Bytes config_of_adts(const AVCodecParameters& parameters);

/// Returns an AAC frame without its ADTS header; the data itself if it has none.
[[nodiscard]] std::span<const std::uint8_t> without_adts_header(
    std::span<const std::uint8_t> data) noexcept;

}  // namespace streamkit::media

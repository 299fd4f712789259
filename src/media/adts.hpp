#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <streamkit/core/packet.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Returns the AudioSpecificConfig of AAC with ADTS headers, as MPEG-TS has it, which containers
/// need before the first packet. Empty for other audio, and for channels that the config cannot
/// name.
[[nodiscard]] Bytes config_of_adts(const AVCodecParameters& parameters);

struct AdtsHeader {
  int sample_rate_hz = 0;
  int channels = 0;
  /// The AudioSpecificConfig of the same format.
  Bytes config = {};
};

/// Reads the header at the front of an AAC frame. Empty if there is none, or if it leaves the
/// channels to the frame.
/// Source: ISO/IEC 13818-7, 6.2.
[[nodiscard]] std::optional<AdtsHeader> read_adts_header(std::span<const std::uint8_t> data);

/// Returns an AAC frame without its ADTS header; the data itself if it has none.
[[nodiscard]] std::span<const std::uint8_t> without_adts_header(
    std::span<const std::uint8_t> data) noexcept;

}  // namespace streamkit::media

#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::media {

/// The initialization section (`ftyp` and `moov`) of a fragmented track.
struct InitSection {
  Bytes bytes = {};
  /// As in the CODECS attribute of RFC 6381, by the configuration of the codec.
  std::string codecs = {};
};

/// Returns the initialization section of a track whose fragments have the track id 1 and
/// `timescale` ticks a second. The format of video is that of its coded pictures. `bit_rate_bps` is
/// announced; 0: unknown.
/// Errors: Unsupported (the codec; rotated or cropped frames); InvalidArgument (no configuration).
Result<InitSection> make_init_section(const VideoTrack& track, int timescale,
                                      std::int64_t bit_rate_bps);
Result<InitSection> make_init_section(const AudioTrack& track, std::int64_t bit_rate_bps);

/// Returns the codec string of an avcC, hvcC or av1C record, or of an AudioSpecificConfig ("aac").
/// Empty if the record is too short or the codec is unknown.
/// Sources: RFC 6381, 3.3; ISO/IEC 14496-15, annex E; AV1 Codec ISO Media File Format Binding, 5.
[[nodiscard]] std::string codec_string(const std::string& codec,
                                       std::span<const std::uint8_t> config);

}  // namespace streamkit::media

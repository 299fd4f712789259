#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>

namespace streamkit::media {

/// One sample of a fragment. Times are in the time scale of the track.
struct FragmentSample {
  std::uint32_t duration = 0;
  std::uint32_t size_bytes = 0;
  /// Presentation time minus decoding time.
  std::int32_t composition_offset = 0;
  /// Decoding can start here.
  bool sync = true;
};

/// Returns a movie fragment (`moof`) of one track, followed by the header of its `mdat` and room
/// for the samples, which `media_at` receives as an offset. The track has the id 1.
/// Source: ISO/IEC 14496-12:2022, 8.8; ISO/IEC 23000-19 (CMAF), 7.5.
[[nodiscard]] Bytes begin_fragment(std::uint32_t sequence, std::int64_t decode_time,
                                   std::span<const FragmentSample> samples, std::size_t& media_at);

}  // namespace streamkit::media

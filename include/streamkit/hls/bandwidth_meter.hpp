#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>

namespace streamkit::hls {

/// Bit rates of a media playlist, as multivariant playlists state them.
struct STREAMKIT_API Bandwidth {
  std::uint64_t peak_bps = 0;
  std::uint64_t average_bps = 0;
  friend bool operator==(const Bandwidth&, const Bandwidth&) = default;
};

/// Measures the bit rates of a media playlist from its segments. The peak is the highest of any
/// contiguous set of segments that together last from half to one and a half target durations; a
/// segment that is longer counts alone. Constant memory.
/// Source: RFC 8216 sections 4.1 and 4.3.4.2.
/// Thread-safety: one thread at a time.
class STREAMKIT_API BandwidthMeter {
 public:
  explicit BandwidthMeter(std::chrono::seconds target_duration)
      : target_duration_(target_duration) {}

  /// Adds the next segment. One without a duration is ignored.
  void add(MediaTime duration, std::uint64_t size_bytes);

  /// All 0 before the first segment. As long as all segments together last less than half a target
  /// duration, the peak is the average.
  [[nodiscard]] Bandwidth bandwidth() const noexcept;

 private:
  struct Segment {
    MediaTime duration{0};
    std::uint64_t size_bytes = 0;
  };

  MediaTime target_duration_;
  // The newest segments, as many as a set can have.
  std::deque<Segment> newest_;
  Segment total_;
  std::uint64_t peak_bps_ = 0;
};

}  // namespace streamkit::hls

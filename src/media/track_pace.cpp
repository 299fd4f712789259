#include "media/track_pace.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace streamkit::media {

Result<void> TrackPace::take(const AVPacket& packet, const AVStream& stream, bool is_video) {
  const std::int64_t ticks = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  const double most = limits_.policy.max_frames_per_second *
                      to_seconds(longest_chunk(limits_.policy, limits_.chunk_duration));
  if (is_video && static_cast<double>(++frames_) > most + 1) return check();
  if (ticks == AV_NOPTS_VALUE) return {};
  const MediaTime time = to_media_time(ticks, stream.time_base);
  const MediaTime longest = longest_chunk(limits_.policy, limits_.chunk_duration);
  bool fits = time - origin_ <= longest;
  if (is_video) {
    first_ = std::min(first_, time);
    last_ = std::max(last_, time);
    const MediaTime duration =
        to_media_time(std::max<std::int64_t>(packet.duration, 0), stream.time_base);
    // Ticks may be as coarse as a millisecond.
    constexpr MediaTime kRounding = std::chrono::milliseconds(2);
    fits = fits && last_ - first_ <= longest && time + duration - first_ <= longest + kRounding;
  }
  if (fits) return {};
  return chunk_too_long(limits_.policy, limits_.chunk_duration);
}

Result<void> TrackPace::check() const {
  // A burst of as many frames as a second may have is none too fast.
  constexpr double kLeast = 1;
  constexpr double kRounding = 1.01;
  const double most = limits_.policy.max_frames_per_second;
  if (frames_ < 2 || last_ < first_) return {};
  const double lasts = std::max(to_seconds(last_ - first_), kLeast);
  const double rate = static_cast<double>(frames_ - 1) / lasts;
  if (rate <= most * kRounding) return {};
  return limit_exceeded(Limit::FrameRate,
                        "frames per second: " + std::to_string(std::llround(rate)) +
                            " of at most " + std::to_string(std::llround(most)) +
                            " (--max-frame-rate)");
}

}  // namespace streamkit::media

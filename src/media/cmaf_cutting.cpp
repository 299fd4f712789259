#include "media/cmaf_cutting.hpp"

#include <algorithm>

namespace streamkit::media {
namespace {

constexpr MediaTime kMillisecond = std::chrono::milliseconds(1);
// By how much times in whole milliseconds vary.
constexpr MediaTime kMostRounding = kMillisecond * 3 / 2;

MediaTime whole_milliseconds(MediaTime time) {
  return (time + kMillisecond - MediaTime{1}) / kMillisecond * kMillisecond;
}

std::int64_t rounded_up(MediaTime time, MediaTime step) {
  return (time + step - MediaTime{1}) / step;
}

}  // namespace

void SegmentGrid::begin(MediaTime start, MediaTime frame_duration) noexcept {
  start_ = start;
  tolerance_ = std::min(frame_duration, segment_duration_ / 4) / 2;
  boundary_ = ((start + tolerance_) / segment_duration_ + 1) * segment_duration_;
}

FramePace pace_of(const std::vector<MediaTime>& times, MediaTime stated) {
  if (times.size() < 2) return {stated, MediaTime{0}};
  std::vector<MediaTime> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  auto sorted = gaps;
  std::sort(sorted.begin(), sorted.end());
  const MediaTime middle = sorted[sorted.size() / 2];
  if (middle <= MediaTime{0}) return {stated, MediaTime{0}};  // no clock
  const auto is_within = [&](MediaTime gap, MediaTime tolerance) {
    return std::chrono::abs(gap - middle) <= tolerance;
  };
  // Publishers stamp single frames late, the first above all: the short gap after it neither is the
  // pace nor makes a part longer.
  const auto steady = std::count_if(gaps.begin(), gaps.end(),
                                    [&](MediaTime gap) { return is_within(gap, kMostRounding); });
  const bool is_steady = 2 * static_cast<std::size_t>(steady) >= gaps.size();
  MediaTime total{0};
  std::int64_t alike = 0;
  MediaTime jitter{0};
  for (const MediaTime gap : gaps) {
    // A frame that is missing, or of another beat, does not count.
    if (gap > middle + middle / 2) continue;
    const MediaTime early = is_steady ? std::min(middle - gap, kMostRounding) : middle - gap;
    jitter = std::max({jitter, gap - middle, early});
    if (is_steady && !is_within(gap, kMostRounding)) continue;
    total += gap;
    ++alike;
  }
  const MediaTime mean = total / alike;
  return {mean > MediaTime{0} ? mean : stated, jitter};
}

MediaTime longest_part(const FramePace& pace, MediaTime part_duration) noexcept {
  const MediaTime frame = pace.frame_duration;
  if (frame <= MediaTime{0}) return whole_milliseconds(part_duration);
  std::int64_t frames = std::max<std::int64_t>(1, (part_duration + frame / 2) / frame);
  // Few frames a second: rather shorter parts than much longer ones.
  if (frames > 1 && frame * frames > part_duration + part_duration / 10) --frames;
  const MediaTime exact = frame * frames;
  // Times in whole milliseconds vary by one, and their sum by at most that; the jitter of a clock
  // shows at both ends of a part.
  const bool is_rounding = pace.jitter <= kMostRounding;
  const MediaTime room = is_rounding ? std::min(pace.jitter, kMillisecond / 2) : 2 * pace.jitter;
  return whole_milliseconds(exact + std::min(room, part_duration / 5));
}

void TargetFinder::keyframe(MediaTime pts) noexcept {
  if (last_) longest_gop_ = std::max(longest_gop_, pts - *last_);
  last_ = pts;
}

std::chrono::seconds TargetFinder::target() const noexcept {
  MediaTime longest = segment_duration_;
  if (longest_gop_ > MediaTime{0}) {
    // Keyframes that are a little early are on the grid, too.
    const MediaTime almost = segment_duration_ - segment_duration_ / 50;
    longest = std::max(longest, longest_gop_ * rounded_up(almost, longest_gop_));
  }
  const auto seconds =
      (longest + MediaTime(std::chrono::milliseconds(500))) / MediaTime(std::chrono::seconds(1));
  return std::chrono::seconds(std::max<std::int64_t>(1, seconds));
}

}  // namespace streamkit::media

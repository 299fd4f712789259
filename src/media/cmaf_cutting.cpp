#include "media/cmaf_cutting.hpp"

#include <algorithm>

namespace streamkit::media {
namespace {

constexpr MediaTime kMillisecond = std::chrono::milliseconds(1);

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
  // A frame that is missing, or of another beat, does not count.
  MediaTime total{0};
  std::int64_t alike = 0;
  MediaTime jitter{0};
  for (const MediaTime gap : gaps) {
    if (gap > middle + middle / 2) continue;
    total += gap;
    ++alike;
    jitter = std::max(jitter, std::chrono::abs(gap - middle));
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
  const bool is_rounding = pace.jitter <= kMillisecond * 3 / 2;
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

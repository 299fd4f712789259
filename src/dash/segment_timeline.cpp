#include "dash/segment_timeline.hpp"

#include <algorithm>

namespace streamkit::dash {
namespace {

// What is lost between two segments is not part of the first one, if it is longer than rounding
// explains.
constexpr MediaTime kLostMedia = std::chrono::milliseconds(100);

std::uint64_t ticks(MediaTime time, std::uint32_t timescale) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ticks(time, 1, timescale)));
}

// Collects entries; equal ones that follow each other become one.
class Timeline {
 public:
  void add(std::uint64_t start, std::uint64_t duration) {
    duration = std::max<std::uint64_t>(duration, 1);
    const bool follows = !entries_.empty() && start == end_;
    if (follows && entries_.back().duration == duration) {
      ++entries_.back().repeat;
    } else {
      TimelineEntry& entry = entries_.emplace_back();
      if (!follows) entry.start = start;
      entry.duration = duration;
    }
    end_ = start + duration;
  }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  std::vector<TimelineEntry> take() { return std::move(entries_); }

 private:
  std::vector<TimelineEntry> entries_;
  std::uint64_t end_ = 0;
};

// Of `missing` segments up to `end`.
void fill_gap(Timeline& timeline, std::uint64_t missing, std::uint64_t end) {
  constexpr std::uint64_t kLongestGap = 1000;
  if (missing == 0 || missing > kLongestGap) return;
  const std::uint64_t begin = timeline.end();
  const std::uint64_t lost = std::max(end, begin) - begin;
  for (std::uint64_t i = 0; i < missing; ++i) {
    const std::uint64_t next = begin + lost * (i + 1) / missing;
    timeline.add(timeline.end(), next - std::min(next, timeline.end()));
  }
}

}  // namespace

std::vector<TimelineEntry> segment_timeline(std::span<const LiveSegment* const> segments,
                                            std::uint32_t timescale) {
  Timeline timeline;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const LiveSegment& segment = *segments[i];
    const std::uint64_t start = ticks(segment.start, timescale);
    const MediaTime own_end = segment.start + segment.duration;
    const LiveSegment* next = i + 1 < segments.size() ? segments[i + 1] : nullptr;
    const bool is_followed = next != nullptr && next->number == segment.number + 1 &&
                             std::chrono::abs(next->start - own_end) <= kLostMedia;
    const std::uint64_t end = ticks(is_followed ? next->start : own_end, timescale);
    timeline.add(start, end - std::min(end, start));
    if (next == nullptr) continue;
    fill_gap(timeline, next->number - segment.number - 1, ticks(next->start, timescale));
  }
  return timeline.take();
}

}  // namespace streamkit::dash

#include <algorithm>
#include <streamkit/dash/live_periods.hpp>

namespace streamkit::dash {
namespace {

MediaTime media_time(WallTime time, WallTime zero) noexcept {
  return from_ticks(std::chrono::nanoseconds(time - zero).count(), 1, std::nano::den);
}

// Where the number of a segment says that it begins, since MPD@availabilityStartTime.
MediaTime promised_start(const PeriodStart& period, std::uint64_t number,
                         MediaTime segment_duration) noexcept {
  const auto after = static_cast<std::int64_t>(number - period.number);
  return period.start + after * segment_duration;
}

}  // namespace

MediaTime number_drift(const PeriodStart& period, std::uint64_t number, WallTime began,
                       const NumberClock& clock) noexcept {
  return media_time(began, clock.availability_start_time) -
         promised_start(period, number, clock.segment_duration);
}

bool exceeds_drift(MediaTime drift, MediaTime part_target) noexcept {
  return 2 * std::chrono::abs(drift) > part_target;
}

bool extend_periods(std::vector<PeriodStart>& periods, const LiveSegment& segment) {
  if (!periods.empty() && periods.back().run == segment.run) return false;
  periods.push_back({segment.number, segment.run, segment.start, segment.start});
  return true;
}

bool extend_periods(std::vector<PeriodStart>& periods, const LiveSegment& segment, WallTime began,
                    const NumberClock& clock) {
  const bool follows = !periods.empty() && periods.back().run == segment.run;
  if (follows && !exceeds_drift(number_drift(periods.back(), segment.number, began, clock),
                                clock.part_target)) {
    return false;
  }
  PeriodStart next{segment.number, segment.run, segment.start,
                   media_time(began, clock.availability_start_time)};
  // The first one defines the clock. None begins before the one before it.
  if (periods.empty()) next.start = segment.start;
  if (!periods.empty()) next.start = std::max(next.start, periods.back().start + MediaTime{1});
  periods.push_back(next);
  return true;
}

void drop_periods(std::vector<PeriodStart>& periods, std::uint64_t first_number) {
  const auto after = std::upper_bound(
      periods.begin(), periods.end(), first_number,
      [](std::uint64_t number, const PeriodStart& period) { return number < period.number; });
  if (after - periods.begin() > 1) periods.erase(periods.begin(), after - 1);
}

}  // namespace streamkit::dash

#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/wall_time.hpp>
#include <vector>

// Where the periods of a live manifest begin: each run begins one. A manifest whose segments have
// numbers and one duration ties the media to the wall clock, so that there drift begins one, too.
namespace streamkit::dash {

struct STREAMKIT_API PeriodStart {
  /// The first segment of the period, its run, and its time.
  std::uint64_t number = 0;
  std::uint64_t run = 0;
  MediaTime media_start{0};
  /// Period@start: the time since MPD@availabilityStartTime.
  MediaTime start{0};
  friend bool operator==(const PeriodStart&, const PeriodStart&) = default;
};

/// Ties segments with numbers and one duration to the wall clock.
struct STREAMKIT_API NumberClock {
  /// The nominal duration of segments.
  MediaTime segment_duration = std::chrono::seconds(2);
  MediaTime part_target = std::chrono::milliseconds(500);
  /// MPD@availabilityStartTime: the wall clock at media time 0.
  WallTime availability_start_time{};
};

/// Returns how much later than its number promises a segment began; negative: earlier. `began` is
/// the wall clock when its first sample came.
STREAMKIT_API [[nodiscard]] MediaTime number_drift(const PeriodStart& period, std::uint64_t number,
                                                   WallTime began,
                                                   const NumberClock& clock) noexcept;

/// Returns whether players would request segments that do not exist yet, or lag behind: the drift
/// exceeds half a part.
STREAMKIT_API [[nodiscard]] bool exceeds_drift(MediaTime drift, MediaTime part_target) noexcept;

/// Adds a period if the segment begins one. Call it for each segment of one track, the first video
/// track if there is one, when it begins. Returns whether a period was added.
STREAMKIT_API bool extend_periods(std::vector<PeriodStart>& periods, const LiveSegment& segment);
/// The same for segments with numbers and one duration, also if they drift from the wall clock.
STREAMKIT_API bool extend_periods(std::vector<PeriodStart>& periods, const LiveSegment& segment,
                                  WallTime began, const NumberClock& clock);

/// Removes the periods before the one of segment `first_number`.
STREAMKIT_API void drop_periods(std::vector<PeriodStart>& periods, std::uint64_t first_number);

}  // namespace streamkit::dash

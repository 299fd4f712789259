#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/live_track.hpp>
#include <streamkit/dash/mpd.hpp>
#include <vector>

namespace streamkit::dash {

// Returns the timeline of segments of one period. The duration of an entry is exactly the
// difference of the times at which its segment and the next one begin. Numbers that the track does
// not have get entries, too, so that those of the others stay right.
std::vector<TimelineEntry> segment_timeline(std::span<const LiveSegment* const> segments,
                                            std::uint32_t timescale);

}  // namespace streamkit::dash

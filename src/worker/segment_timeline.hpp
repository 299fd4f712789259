#pragma once

#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/timeline_fitter.hpp>
#include <streamkit/worker/chunk_converter.hpp>

namespace streamkit::worker {

/// Returns where a chunk belongs on the timeline of its stream.
/// Errors: Unavailable (the segment before determines it, and is not there yet).
Result<TimelinePlace> locate(const MediaInfo& chunk, const SegmentPlace& place);

/// Returns the time of the stream at which encoded audio of a segment begins: where that of the
/// segment before ended. Errors: Unavailable, as locate().
Result<MediaTime> audio_start(const TimelinePlace& timeline, const SegmentPlace& place);

}  // namespace streamkit::worker

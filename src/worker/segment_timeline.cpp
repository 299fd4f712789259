#include "worker/segment_timeline.hpp"

#include <streamkit/core/chunk_grid.hpp>

namespace streamkit::worker {
namespace {

// The shortest chunk of this kit lasts 0.5 s, so every chunk after the first starts well after this
// time. A file that starts earlier has timestamps of its own.
constexpr MediaTime kOwnTimestamps = kMinChunkDuration / 2;

Error needs_segment_before(const SegmentPlace& place, const std::string& reason) {
  return {ErrorCode::Unavailable,
          "segment " + std::to_string(place.index - 1) + " must be there first: " + reason};
}

}  // namespace

Result<TimelinePlace> locate(const MediaInfo& chunk, const SegmentPlace& place) {
  const MediaTime tolerance = chunk.video.frame_rate.frame_duration() / 2;
  const auto fits = [&](MediaTime expected) {
    return std::chrono::abs(chunk.start - expected) <= tolerance;
  };
  if (place.index == 0) {
    if (chunk.start == MediaTime{0}) return TimelinePlace{};
    return TimelinePlace{-chunk.start, MediaTime{0}};
  }
  if (place.expected_start && fits(*place.expected_start)) return TimelinePlace{};
  if (!place.expected_start && chunk.start >= kOwnTimestamps) return TimelinePlace{};
  if (!place.expected_start) {
    return needs_segment_before(place, "this chunk has no place of its own on the timeline");
  }
  return TimelinePlace{*place.expected_start - chunk.start,
                       place.expected_audio.value_or(*place.expected_start)};
}

Result<MediaTime> audio_start(const TimelinePlace& timeline, const SegmentPlace& place) {
  if (timeline.audio_start) return *timeline.audio_start;
  if (place.index == 0) return MediaTime{0};
  if (place.expected_audio) return *place.expected_audio;
  return needs_segment_before(place, "the audio of this chunk has to be joined to it");
}

}  // namespace streamkit::worker

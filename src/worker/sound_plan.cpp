#include "worker/sound_plan.hpp"

#include <utility>

#include "worker/segment_timeline.hpp"

namespace streamkit::worker {

Result<SoundPlan> plan_sound(const AudioTrack& track, const std::optional<StreamFormat>& stream,
                             const TimelinePlace& timeline, const SegmentPlace& place,
                             AudioFrame before) {
  const AudioTrack& like = stream ? stream->audio : track;
  const bool fits = media::is_same_aac(like, track);
  if (fits && before.sample_count == 0) return SoundPlan{};
  if (stream && like.codec != "aac") {
    if (like.codec == track.codec && like.format == track.format) return SoundPlan{};
    return Error{ErrorCode::Unsupported,
                 "audio in " + track.codec + " cannot follow that of the stream, in " + like.codec};
  }
  const auto start = audio_start(timeline, place);
  if (!start) return start.error();
  SoundPlan plan;
  before.pts -= timeline.shift;
  // A chunk that was cut by this library continues in the next one with packets of its own.
  const bool cut_here = fits && !timeline.audio_start;
  plan.encode = {.format = stream ? like.format : media::aac_format(track.format),
                 .start = *start - timeline.shift,
                 .joins_next = !cut_here,
                 .before = std::move(before)};
  const AudioFormat& made = plan.encode->format;
  if (!fits) {
    plan.notes.push_back("its audio (" + track.codec + ", " +
                         std::to_string(track.format.sample_rate_hz) + " Hz, " +
                         std::to_string(track.format.channels) + " channels) was encoded as AAC, " +
                         std::to_string(made.sample_rate_hz) + " Hz, " +
                         std::to_string(made.channels) + " channels");
  }
  return plan;
}

}  // namespace streamkit::worker

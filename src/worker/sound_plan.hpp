#pragma once

#include <optional>
#include <streamkit/core/timeline_fitter.hpp>
#include <streamkit/media/sound_encoder.hpp>
#include <streamkit/worker/chunk_converter.hpp>
#include <string>
#include <vector>

namespace streamkit::worker {

/// What becomes of a chunk's audio.
struct SoundPlan {
  /// Empty: its packets are copied.
  std::optional<media::SoundEncoderOptions> encode = {};
  std::vector<std::string> notes = {};
};

/// Returns how the audio of a chunk becomes that of its stream. `before` is what the segment before
/// left of its audio. Errors: Unsupported (it cannot follow that of the stream).
Result<SoundPlan> plan_sound(const AudioTrack& track, const std::optional<StreamFormat>& stream,
                             const TimelinePlace& timeline, const SegmentPlace& place,
                             AudioFrame before);

}  // namespace streamkit::worker

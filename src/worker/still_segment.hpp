#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/worker/chunk_converter.hpp>

namespace streamkit::worker {

/// A segment of one frame, repeated.
struct StillSegment {
  VideoEncoderFactory make_encoder;
  SegmentPlace place;
  StreamFormat stream;
  /// A packed frame of the stream's size and depth. Another size or depth, or empty: black.
  std::optional<VideoFrame> frame;
  /// The audio from the segment before, see SegmentState.
  AudioFrame sound_before;
  /// Called at least once per frame. May be empty.
  std::function<void()> keep_alive;
};

/// Creates the segment as long as the audio that `sound` reads, or, if that is null or has no
/// audio, of the nominal duration and silent.
/// Errors: Unavailable (the segment before has to be there first); those of the encoders.
Result<Segment> make_still_segment(const StillSegment& still, MediaReader* sound,
                                   std::stop_token stop);

}  // namespace streamkit::worker

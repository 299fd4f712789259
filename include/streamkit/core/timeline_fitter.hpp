#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <vector>

namespace streamkit {

/// The position of a segment on the timeline of its stream.
struct STREAMKIT_API TimelinePlace {
  /// Added to every timestamp of the chunk.
  MediaTime shift{0};
  /// The time at which the audio before this segment ended. If set, packets are dropped or moved
  /// together so that audio continues from here, never further than half a packet from its true
  /// time. If empty, audio keeps its (shifted) timestamps, which is right for chunks cut from one
  /// stream; audio that starts before time 0 is then encoder priming and handled as if this were 0.
  std::optional<MediaTime> audio_start = {};
};

/// Moves a chunk from another producer, with timestamps of its own, to its place between its
/// neighbours, and passes it on. An ordinary MP4 has encoder priming before its first video frame
/// and audio beyond its last; joined unchanged, such files would overlap at every seam.
/// Thread-safety: as for PacketSink.
class STREAMKIT_API TimelineFitter final : public PacketSink {
 public:
  /// `next` must outlive the fitter.
  TimelineFitter(PacketSink& next, TimelinePlace place) : next_(next), place_(place) {}

  Result<void> open(const Tracks& tracks) override { return next_.open(tracks); }
  Result<void> write(Packet packet) override;
  /// Passes on the audio, which is held back until the end of the video is known. Call it once,
  /// last.
  Result<void> finish();

 private:
  PacketSink& next_;
  TimelinePlace place_;
  MediaTime video_end_{0};
  std::vector<Packet> sound_;
};

}  // namespace streamkit

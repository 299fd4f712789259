#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <vector>

namespace streamkit {

/// Where a segment belongs on its stream's timeline.
struct STREAMKIT_API TimelinePlace {
  /// Added to every timestamp of the chunk.
  MediaTime shift{0};
  /// Where the sound before this segment ended. Set: packets are dropped or closed up so that
  /// sound goes on from here, never further than half a packet from its true time. Empty: sound
  /// keeps its (shifted) timestamps, as right for chunks that were cut from one stream; but sound
  /// that starts before time 0 is encoder priming, and then counts as set to 0.
  std::optional<MediaTime> audio_start = {};
};

/// Moves a chunk that someone else made, with timestamps of its own, to its place between its
/// neighbours, and passes it on. An ordinary MP4 brings encoder priming before its first picture
/// and sound beyond its last; joined as it is it would overlap at every seam.
/// Thread-safety: as PacketSink.
class STREAMKIT_API TimelineFitter final : public PacketSink {
 public:
  /// `next` must outlive the fitter.
  TimelineFitter(PacketSink& next, TimelinePlace place) : next_(next), place_(place) {}

  Result<void> open(const Tracks& tracks) override { return next_.open(tracks); }
  Result<void> write(Packet packet) override;
  /// Passes on the sound, which is held back until the pictures' end is known. Call it once, last.
  Result<void> finish();

 private:
  PacketSink& next_;
  TimelinePlace place_;
  MediaTime video_end_{0};
  std::vector<Packet> sound_;
};

}  // namespace streamkit

#pragma once

#include <cstddef>
#include <streamkit/core/media_time.hpp>
#include <vector>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Leaves out the packets of a video track on which no frame from a given time on depends: those
/// before the last keyframe that is not later.
/// Memory: the packets from one keyframe to the next, at most 64 MiB.
class KeyframeSkip {
 public:
  /// Nothing is left out before time 0.
  explicit KeyframeSkip(MediaTime start) : start_(start), done_(start <= MediaTime{0}) {}

  /// Takes a packet of a time base. Returns the packets to be decoded now, in order.
  std::vector<PacketPtr> take(PacketPtr packet, AVRational base, MediaTime origin);
  /// Returns the packets that are left at the end of the track.
  std::vector<PacketPtr> finish();

 private:
  const MediaTime start_;
  bool done_;
  std::size_t bytes_ = 0;
  std::vector<PacketPtr> waiting_;
};

}  // namespace streamkit::media

#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/media/media_limits.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Compares the times of a file's packets, on its timeline without jumps, with the longest chunk
/// and the highest frame rate.
class TrackPace {
 public:
  /// `origin` is where the file starts.
  TrackPace(const MediaLimits& limits, MediaTime origin) : limits_(limits), origin_(origin) {}

  /// Errors: limit_exceeded() for a packet beyond the longest chunk.
  Result<void> take(const AVPacket& packet, const AVStream& stream, bool is_video);
  /// Call it at the end. Errors: limit_exceeded() for frames that are too many.
  [[nodiscard]] Result<void> check() const;

 private:
  const MediaLimits& limits_;
  const MediaTime origin_;
  // Of the video.
  std::int64_t frames_ = 0;
  MediaTime first_ = MediaTime::max();
  MediaTime last_ = MediaTime::min();
};

}  // namespace streamkit::media

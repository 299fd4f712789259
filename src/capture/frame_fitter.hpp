#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::capture {

/// Returns a frame of black in the given format.
[[nodiscard]] VideoFrame black_frame(FramePool& pool, const VideoFormat& format);

/// Scales frames into one size with their aspect kept, on black. Frames of that size pass through.
class FrameFitter {
 public:
  explicit FrameFitter(VideoFormat format) : format_(format) {}
  /// Errors: those of libswscale.
  Result<VideoFrame> fit(VideoFrame frame);

 private:
  struct Place {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
  };
  [[nodiscard]] Place place_of(const VideoFormat& from) const;
  [[nodiscard]] WritableFrame pad(const WritableFrame& scaled, const Place& place);

  const VideoFormat format_;
  FramePool pool_;
  // Created for frames of one format, and anew when that changes.
  VideoFormat scaled_from_ = {};
  media::ScalerPtr scaler_;
};

}  // namespace streamkit::capture

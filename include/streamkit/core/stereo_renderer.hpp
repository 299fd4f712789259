#pragma once

#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Makes the packed two-view picture from a picture and its depth. Thread-safety: one thread at a
/// time.
class StereoRenderer {
 public:
  virtual ~StereoRenderer() = default;
  /// What render() gives for pictures of format `source`. Errors: InvalidArgument (too large once
  /// packed); Unsupported (pixel format).
  [[nodiscard]] virtual Result<VideoFormat> output_format(const VideoFormat& source) const = 0;
  /// Timestamps carry over. Errors: as output_format(); InvalidArgument (empty depth map).
  virtual Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) = 0;
};

}  // namespace streamkit

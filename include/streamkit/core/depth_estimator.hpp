#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Relative inverse depth of one picture: 1 is nearest, 0 farthest, linear in disparity between.
/// Row-major, `width_px * height_px` values; may be smaller than the picture, which it covers
/// whole.
struct DepthMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

/// Guesses depth from pictures, given in presentation order; may remember earlier ones.
/// Thread-safety: one thread at a time.
class DepthEstimator {
 public:
  virtual ~DepthEstimator() = default;
  /// Writes into `depth`, whose memory it uses again. Every value is finite and from 0 to 1.
  /// Errors: Unsupported (pixel format).
  virtual Result<void> estimate(const VideoFrame& frame, DepthMap& depth) = 0;
  /// Forgets earlier pictures: call it where the video jumps.
  virtual void reset() = 0;
};

}  // namespace streamkit

#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>

namespace streamkit::stereo {

/// Reports the same depth everywhere: every frame is one plane. With `depth` equal to the
/// renderer's convergence both eyes see exactly the source, which is what a flat fallback segment
/// shows.
class STREAMKIT_API FlatDepthEstimator final : public DepthEstimator {
 public:
  /// Precondition: depth from 0 to 1.
  explicit FlatDepthEstimator(float depth = 0.5F) : depth_(depth) {}

  Result<void> estimate(const VideoFrame&, DepthMap& depth) override {
    depth.width_px = 1;
    depth.height_px = 1;
    depth.values.assign(1, depth_);
    return {};
  }
  void reset() override {}

 private:
  const float depth_;
};

}  // namespace streamkit::stereo

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "stereo/camera_motion.hpp"
#include "stereo/motion_parallax.hpp"
#include "stereo/network_prior.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/steady_depth.hpp"
#include "stereo/still_cues.hpp"

namespace streamkit::stereo {

/// Computes steady depth from the cues of still frames, from motion and, where there is one, from a
/// network, for CueDepthEstimator and FusedDepthEstimator.
class DepthFusion {
 public:
  /// `network` may be null.
  DepthFusion(int longest_side, float decay, std::unique_ptr<NetworkPrior> network);

  /// Processes the next frame. Errors: those of the network; everything before is forgotten then.
  Result<void> update(const VideoFrame& frame, DepthMap& depth);
  void reset();
  [[nodiscard]] Bytes save() const;
  Result<void> load(std::span<const std::uint8_t> bytes);

 private:
  void look(const VideoFrame& frame);
  void find_motion();
  void combine();

  const int longest_side_;
  const float decay_;
  const std::unique_ptr<NetworkPrior> network_;
  Grid luma_, previous_;
  StillCues still_;
  MotionParallax motion_;
  CameraMotion camera_;
  SteadyDepth steady_;
  Grid far_weight_, cues_;
  // How certain it is that the frame is flat, from its pixels alone.
  float plain_ = 0;
};

}  // namespace streamkit::stereo

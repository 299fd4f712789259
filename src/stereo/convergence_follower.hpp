#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Follows the depth that should be at the screen: that of the middle half of the frames, half of
/// the way in about a second, and immediately at a scene cut.
class ConvergenceFollower {
 public:
  /// Processes the next frame and returns its depth at the screen.
  float follow(const VideoPlane& luma, const DepthMap& depth);

  /// See StereoRenderer.
  [[nodiscard]] Bytes save_state() const;
  Result<void> load_state(std::span<const std::uint8_t> state);

 private:
  // Convergence and luma are rounded to values that a state holds exactly.
  float convergence_ = 0;
  // The luma of the last frame; empty before the first one.
  Grid luma_;
};

}  // namespace streamkit::stereo

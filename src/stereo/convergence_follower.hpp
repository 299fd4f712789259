#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Where the screen lies in the depth of a video's pictures: what their middle half shows, half of
/// the way in about a second, and at once where another scene begins.
class ConvergenceFollower {
 public:
  /// Takes in the next picture; the depth that lies in the screen there.
  float follow(const VideoPlane& luma, const DepthMap& depth);

  /// As StereoRenderer.
  [[nodiscard]] Bytes save_state() const;
  Result<void> load_state(std::span<const std::uint8_t> state);

 private:
  // Values that a state can hold exactly.
  float convergence_ = 0;
  // The last picture's; empty before the first one.
  Grid luma_;
};

}  // namespace streamkit::stereo

#pragma once

#include <array>
#include <memory>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {

/// The depth that a network sees at some frames, smoothed over them along the motion between.
class NetworkPrior {
 public:
  /// The range of the depth.
  using Numbers = std::array<float, 2>;

  /// Precondition: a network.
  explicit NetworkPrior(std::unique_ptr<DepthNetwork> network) : network_(std::move(network)) {}

  /// Processes the next frame that the network sees, whose luma has the size of depth(). `motion`
  /// since the one before; null where a scene begins.
  /// Errors: those of the network; Internal (its map has another size than it says).
  Result<void> update(const VideoFrame& frame, const Grid& luma, const PictureMotion* motion);
  /// From 0 to 1, larger is nearer.
  [[nodiscard]] const Grid& depth() const { return depth_; }

  /// What outlives a frame beside depth(), quantized as a DepthState is.
  [[nodiscard]] Numbers numbers() const;
  /// Whether numbers() can have been these.
  [[nodiscard]] static bool fits(const Numbers& numbers);
  void restore(Grid depth, const Numbers& numbers);

 private:
  void carry(const PictureMotion& motion);
  Result<void> look(const VideoFrame& frame);

  const std::unique_ptr<DepthNetwork> network_;
  Grid depth_, seen_, everywhere_;
  DepthMap raw_;
  ValueRange range_;
  bool has_range_ = false;
};

}  // namespace streamkit::stereo

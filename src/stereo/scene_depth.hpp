#pragma once

#include <memory>
#include <span>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <utility>

#include "stereo/camera_motion.hpp"
#include "stereo/depth_state.hpp"
#include "stereo/measured_depth.hpp"
#include "stereo/network_prior.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/still_cues.hpp"

namespace streamkit::stereo {

/// Computes the depth of some frames from the cues of each frame, a network where there is one, and
/// what the motion since the frame before measures.
class SceneDepth {
 public:
  /// `network` may be null.
  explicit SceneDepth(std::unique_ptr<NetworkPrior> network) : network_(std::move(network)) {}

  /// Processes the next frame that it sees. `luma` holds the frame's means in cells, from 0 to 1;
  /// the guess is by how many cells the whole frame moved since the frame before.
  /// Errors: those of the network.
  Result<void> update(const VideoFrame& frame, const Grid& luma, int guess_x, int guess_y);
  void reset();

  /// Larger is nearer; 0.5 is the middle. Not limited to 0 to 1.
  [[nodiscard]] const Grid& depth() const { return depth_; }

  /// Returns from 0 to 1 which share of each place's depth was measured by motion.
  [[nodiscard]] const Grid& measured() const { return sure_; }

  /// Returns from 0 to 1 how certain it is that the frame has no depth.
  [[nodiscard]] float flatness() const;

  /// Appends what outlives a frame.
  void save(DepthState& state) const;
  /// The counts of numbers and grids that save() appends.
  [[nodiscard]] std::size_t number_count() const { return network_ == nullptr ? 6 : 8; }
  [[nodiscard]] std::size_t grid_count() const { return network_ == nullptr ? 3 : 4; }
  /// Returns false if they cannot have been saved.
  [[nodiscard]] bool restore(std::span<const float> numbers, std::span<Grid> grids);

 private:
  // slope * prior + offset is the prior on the scale of the measured depth.
  struct Line {
    float slope, offset;
  };
  void find_prior(const Grid& luma);
  [[nodiscard]] Line fit_prior() const;
  void add_measured(const Grid& luma);

  const std::unique_ptr<NetworkPrior> network_;
  StillCues still_;
  MeasuredDepth measured_;
  CameraMotion camera_;
  // How certain it is, from this frame alone, that the frame is flat.
  float plain_ = 0;
  // The nearness, relative to the middle, that is expected before anything is measured. All of the
  // cues and the network enter the depth through it.
  Grid prior_;
  // The share of each place that was measured.
  Grid sure_;
  Grid depth_;
};

}  // namespace streamkit::stereo

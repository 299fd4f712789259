#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "stereo/grid_sampling.hpp"
#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/scene_depth.hpp"
#include "stereo/steady_depth.hpp"

namespace streamkit::stereo {

/// Computes steady depth for CueDepthEstimator and FusedDepthEstimator: every n-th frame is looked
/// at, and its depth moves with the motion of the video in between. Black bars are at the middle.
class DepthFusion {
 public:
  /// `network` may be null. Precondition: the options' ranges.
  DepthFusion(int longest_side, float decay, int every_nth, std::unique_ptr<NetworkPrior> network);

  /// Processes the next frame. Errors: those of the network; everything before is forgotten then.
  Result<void> update(const VideoFrame& frame, DepthMap& depth);
  void reset() { steady_.reset(); }
  [[nodiscard]] Bytes save() const;
  Result<void> load(std::span<const std::uint8_t> bytes);

 private:
  // The cells that are not black bars: columns and rows from the first to before the last.
  struct Lit {
    int left = 0;
    int right = 0;
    int top = 0;
    int bottom = 0;
  };
  void measure_cells(const VideoFrame& frame);
  void find_bars(const VideoFrame& frame);
  void flatten_bars(std::vector<float>& values) const;
  Result<void> look(const VideoFrame& frame);
  void carry();

  const int longest_side_;
  const float decay_;
  const int every_nth_;
  const bool has_network_;
  Grid luma_, previous_;
  PictureMotion motion_{0.55};
  SceneDepth scene_;
  // The scene's depth where things are now, and scratch memory.
  Grid depth_, scratch_;
  std::vector<GridPlace> from_;
  SteadyDepth steady_;
  Lit lit_;
  // Since the frame that was looked at last: the frames, and how far the whole frame moved, in
  // cells.
  int since_ = 0;
  int moved_x_ = 0;
  int moved_y_ = 0;
};

}  // namespace streamkit::stereo

#pragma once

#include <memory>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::stereo {

/// Names, meaning and defaults are iw3's. Source: github.com/nagadomi/nunif, iw3/forward_warp.py.
struct StereoOptions {
  StereoMode mode = StereoMode::FullSbs;
  /// Disparity between the eyes from the nearest to the farthest depth, in percent of the picture
  /// width. More is deeper, tires the eyes and uncovers more that has to be made up. 0 to 10.
  double divergence = 2.0;
  /// The depth that lies in the screen: 0 puts all of the picture before it, 1 all behind. 0 to 1.
  double convergence = 0.5;
};

/// Moves each pixel sideways by its disparity, half of it for each eye:
///   x_left  = x + (depth - convergence) * divergence / 100 * width / 2
///   x_right = x - (depth - convergence) * divergence / 100 * width / 2
/// so that near things are seen crossed, before the screen. Where two pixels meet the nearer one
/// is seen; what neither covers is continued from the background beside it. Positions are exact to
/// 1/256 pixel; rows of luma are moved in pairs, so that chroma keeps to its luma.
/// A depth map smaller than the picture is enlarged along the picture's own edges.
class ForwardWarpRenderer final : public StereoRenderer {
 public:
  /// Errors: InvalidArgument (an option out of its range or not finite).
  static Result<std::unique_ptr<ForwardWarpRenderer>> create(StereoOptions options = {});
  ~ForwardWarpRenderer() override;

  /// Besides the port's errors InvalidArgument where a half mode has no two pixels to share.
  [[nodiscard]] Result<VideoFormat> output_format(const VideoFormat& source) const override;
  Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) override;

 private:
  struct State;
  explicit ForwardWarpRenderer(StereoOptions options);
  const StereoOptions options_;
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

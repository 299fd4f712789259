#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::stereo {

/// Which eye sees a made-up view; the other one sees the source as it is.
enum class SyntheticView {
  Both,  ///< Each eye gets half of the disparity: the least is made up on either side.
  Left,  ///< The left eye gets all of it: the right view is without a flaw.
  Right  ///< The right eye gets all of it.
};

/// What becomes of the picture's left and right edge, beyond which nothing is known.
enum class ScreenEdge {
  Fill,           ///< The picture is continued like any background.
  Preserve,       ///< Disparity fades out towards the edge, so that nothing has to be made up.
  FloatingWindow  ///< Black bars move the edge before the nearest thing, which it then may cut.
};

/// Names, meaning and defaults are iw3's where it has them. Source: github.com/nagadomi/nunif,
/// iw3/forward_warp.py.
struct STREAMKIT_API StereoOptions {
  StereoMode mode = StereoMode::FullSbs;
  /// Disparity between the eyes from the nearest to the farthest depth, in percent of the picture
  /// width. More is deeper, tires the eyes and uncovers more that has to be made up. 0 to 10.
  double divergence = 2.0;
  /// The depth that lies in the screen: 0 puts all of the picture before it, 1 all behind. 0 to 1.
  double convergence = 0.5;
  /// Moves `convergence` with what the middle of the picture shows, slowly, and at once where
  /// another scene begins: whoever is there stands in the screen. This is what a renderer's state
  /// holds.
  bool automatic_convergence = false;
  SyntheticView synthetic_view = SyntheticView::Both;
  /// Pixels of the picture by which what is near grows, sideways and up and down. More hides halos
  /// of a depth map that misses edges and cuts off background. Up and down it is done in the depth
  /// map, to the nearest whole cell. 0 to 16.
  int edge_dilation_x_px = 2;
  int edge_dilation_y_px = 2;
  /// Moves the views apart, all into the depth, in percent of the picture width; below 0 together.
  /// -10 to 10.
  double ipd_offset = 0;
  /// Above 0 what is near gets more of the depth and the background less, below 0 the other way
  /// round. -3 to 3.
  double foreground_scale = 0;
  ScreenEdge screen_edge = ScreenEdge::Fill;
  /// Threads that draw a picture, the calling one among them. The picture is the same with any
  /// number; more than the machine has cores gains nothing. 1 to 64.
  int threads = 1;
};

/// Moves each pixel sideways by its disparity, half of it for each eye:
///   x_left  = x + (depth - convergence) * divergence / 100 * width / 2
///   x_right = x - (depth - convergence) * divergence / 100 * width / 2
/// so that near things are seen crossed, before the screen. Where two pixels meet the nearer one
/// is seen; what neither covers is continued from the background beside it, softer the deeper in.
/// Positions are exact to 1/128 pixel; rows of luma are moved in pairs, so that chroma keeps to its
/// luma. A depth map smaller than the picture is enlarged along the picture's own edges.
class STREAMKIT_API ForwardWarpRenderer final : public StereoRenderer {
 public:
  /// Errors: InvalidArgument (an option out of its range or not finite).
  static Result<std::unique_ptr<ForwardWarpRenderer>> create(StereoOptions options = {});
  ~ForwardWarpRenderer() override;

  /// Besides the port's errors InvalidArgument where a half mode has no two pixels to share.
  [[nodiscard]] Result<VideoFormat> output_format(const VideoFormat& source) const override;
  Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) override;
  [[nodiscard]] Bytes save_state() const override;
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  explicit ForwardWarpRenderer(StereoOptions options);
  const StereoOptions options_;
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

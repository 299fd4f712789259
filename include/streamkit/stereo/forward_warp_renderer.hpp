#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::stereo {

using streamkit::ScreenEdge;
using streamkit::SyntheticView;

/// Options of ForwardWarpRenderer. Names, meaning and defaults are those of iw3 where it has them.
/// Source: github.com/nagadomi/nunif, iw3/forward_warp.py.
struct STREAMKIT_API StereoOptions {
  StereoMode mode = StereoMode::FullSbs;
  /// Disparity between the eyes from the nearest to the farthest depth, in percent of the frame
  /// width. A larger value is deeper, tires the eyes and uncovers more that has to be synthesized.
  /// 0 to 10.
  double divergence = 2.0;
  /// The depth at the screen: 0 puts the whole frame before it, 1 all behind. 0 to 1.
  double convergence = 0.5;
  /// Moves `convergence` with what the middle of the frame shows: slowly, and immediately at a
  /// scene cut, so that the person there is at the screen. This is what a renderer's state holds.
  bool automatic_convergence = false;
  SyntheticView synthetic_view = SyntheticView::Both;
  /// Pixels of the frame by which near objects grow, horizontally and vertically. A larger value
  /// hides halos of a depth map that misses edges, and cuts off background. Vertically it is
  /// applied in the depth map, rounded to whole cells. 0 to 16.
  int edge_dilation_x_px = 2;
  int edge_dilation_y_px = 2;
  /// Moves the views apart, all into the depth, in percent of the frame width; below 0 together.
  /// -10 to 10.
  double ipd_offset = 0;
  /// Above 0, near objects get more of the depth and the background less; below 0 the reverse. -3
  /// to 3.
  double foreground_scale = 0;
  ScreenEdge screen_edge = ScreenEdge::Fill;
  /// Threads that render a frame, including the calling one. The result is the same with any
  /// number; more than the machine has cores gains nothing. 1 to 64.
  int threads = 1;
};

/// Returns `options` with what a session chooses; what it leaves open stays.
STREAMKIT_API [[nodiscard]] StereoOptions with_choice(StereoOptions options,
                                                      const StereoChoice& choice) noexcept;

/// Moves each pixel sideways by its disparity, half of it for each eye:
///   x_left  = x + (depth - convergence) * divergence / 100 * width / 2
///   x_right = x - (depth - convergence) * divergence / 100 * width / 2
/// so that near objects appear crossed, before the screen. Where two pixels meet, the nearer one is
/// visible; what neither covers is continued from the background beside it, softer with depth.
/// Positions are exact to 1/128 pixel; rows of luma are moved in pairs, so that chroma stays
/// aligned with its luma. A depth map smaller than the frame is enlarged along the edges of the
/// frame.
class STREAMKIT_API ForwardWarpRenderer final : public StereoRenderer {
 public:
  /// Errors: InvalidArgument (an option out of its range or not finite).
  static Result<std::unique_ptr<ForwardWarpRenderer>> create(StereoOptions options = {});
  ~ForwardWarpRenderer() override;

  /// Errors: those of the port; InvalidArgument also if a half mode has no two pixels to share.
  Result<VideoFormat> output_format(const VideoFormat& source) const override;
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

#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

struct STREAMKIT_API CueDepthOptions {
  /// Share of the earlier depth and of its earlier range that stays with each frame, named and
  /// set as in iw3. More is steadier and lags further behind what moves. From 0 up to, not
  /// including, 1.
  float ema_decay = 0.75F;
  /// The longer side of the depth map. More follows smaller things and costs with its square.
  /// 16 to 512.
  int longest_side_px = 160;
};

/// Depth without a model, from cues that any video holds: lower in the picture is nearer, what
/// stands is as near as its foot, what moves unlike the background is nearer, and, with little
/// say, what is sharp or rich in contrast is nearer than what is soft or dull. The map follows the
/// picture's edges, is smoothed over time and starts anew at a scene cut.
///
/// What it is not: it recognizes nothing. A face before a wall is nearer only because it is lower,
/// sharper or moves; a bird's-eye view comes out wrong. Where the picture gives no cue it says so:
/// a plain card is one constant plane, 0.5, and little texture gives little depth. So do cards with
/// text and even walls, and, within a second, a poster that moves as a whole. A ceiling comes out
/// right once the camera travels.
/// Deterministic: the same pictures since reset() give the same maps, also when a state was handed
/// from one estimator to another between any two of them. A state of pictures of another size is
/// forgotten at the first picture, one with other options goes on with the new ones.
class STREAMKIT_API CueDepthEstimator final : public DepthEstimator {
 public:
  /// Errors: InvalidArgument (an option out of its range).
  static Result<std::unique_ptr<CueDepthEstimator>> create(CueDepthOptions options = {});
  ~CueDepthEstimator() override;

  Result<void> estimate(const VideoFrame& frame, DepthMap& depth) override;
  void reset() override;
  /// Four small grids of 16 bits: 115 KB for pictures of 16:9 with the default options.
  [[nodiscard]] Bytes save_state() const override;
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  explicit CueDepthEstimator(CueDepthOptions options);
  const CueDepthOptions options_;
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

struct STREAMKIT_API CueDepthOptions {
  /// Share of the earlier depth, and of its range, that is kept with each frame; named and defined
  /// as in iw3. A larger value is steadier and lags further behind moving objects. More is kept
  /// where the difference is small, which is mostly noise. From 0 up to, not including, 1.
  float ema_decay = 0.75F;
  /// The longer side of the depth map. A larger value resolves smaller objects; the cost grows with
  /// its square. 16 to 512.
  int longest_side_px = 160;
};

/// Estimates depth without a model, from cues that any video contains: lower in the frame is
/// nearer, an upright object is as near as its foot, what moves before a camera at rest is nearer,
/// and, with a small weight, what is sharp or rich in contrast is nearer than what is soft or dull.
/// The map follows the edges of the frame, is smoothed over time and restarts at a scene cut.
///
/// Limits: it does not recognize objects. A face before a wall is nearer only because it is lower,
/// sharper or moves; a bird's-eye view comes out wrong. Without cues the depth is neutral: a plain
/// card is one constant plane, 0.5, and little texture gives little depth. The same applies to
/// cards with text, even walls and, within a second, a poster that moves as a whole. A ceiling
/// comes out right once the camera travels.
///
/// Deterministic: the same frames since reset() give the same maps, also if a state was passed from
/// one estimator to another between any two of them. A state of frames of another size is dropped
/// at the first frame; one with other options continues with the new ones.
class STREAMKIT_API CueDepthEstimator final : public DepthEstimator {
 public:
  /// Errors: InvalidArgument (an option out of its range).
  static Result<std::unique_ptr<CueDepthEstimator>> create(CueDepthOptions options = {});
  ~CueDepthEstimator() override;

  Result<void> estimate(const VideoFrame& frame, DepthMap& depth) override;
  void reset() override;
  /// Saves six small grids of 16 bits: 173 KB for frames of 16:9 with the default options.
  [[nodiscard]] Bytes save_state() const override;
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  explicit CueDepthEstimator(CueDepthOptions options);
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

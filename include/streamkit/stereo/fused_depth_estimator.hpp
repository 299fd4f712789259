#pragma once

#include <memory>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

struct STREAMKIT_API FusedDepthOptions {
  /// Share of the earlier depth, and of its range, that is kept with each frame; named and defined
  /// as in iw3. A larger value is steadier and lags further behind moving objects. More is kept
  /// where the difference is small, which is mostly noise. From 0 up to, not including, 1.
  float ema_decay = 0.75F;
  /// Every n-th frame is looked at, by the network too; in between, the last depth moves with the
  /// motion of the video. A larger value divides the cost and delays new objects; parallax is
  /// measured over as many frames, so that 1 measures less of it. From 1 to 30.
  int every_nth = 4;
  /// The longer side of the depth map. A larger value resolves smaller objects; the cost grows with
  /// its square. 16 to 512.
  int longest_side_px = 160;
};

/// Estimates depth from three sources that err in different ways: a network that sees single
/// frames, the cues of CueDepthEstimator, and the motion of the video, which replaces the two where
/// the camera travels. Evidence against depth (a poster, a title card, an even wall)
/// flattens all three.
///
/// Deterministic as far as the network is, also if a state was passed from one estimator to another
/// between any two frames. A state of frames of another size is dropped at the first frame; one
/// with other options continues with the new ones.
class STREAMKIT_API FusedDepthEstimator final : public DepthEstimator {
 public:
  /// Without a network of the caller's, BuiltinDepthNetwork is used.
  /// Errors: InvalidArgument (no network, an option out of its range).
  static Result<std::unique_ptr<FusedDepthEstimator>> create(FusedDepthOptions options = {});
  static Result<std::unique_ptr<FusedDepthEstimator>> create(std::unique_ptr<DepthNetwork> network,
                                                             FusedDepthOptions options = {});
  ~FusedDepthEstimator() override;

  /// Errors: Unsupported (pixel format); those of the network.
  Result<void> estimate(const VideoFrame& frame, DepthMap& depth) override;
  void reset() override;
  /// Saves at most seven small grids of 16 bits: 202 KB for frames of 16:9 with the default
  /// options.
  [[nodiscard]] Bytes save_state() const override;
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  explicit FusedDepthEstimator(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

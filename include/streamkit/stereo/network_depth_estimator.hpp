#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

struct STREAMKIT_API NetworkDepthOptions {
  /// Share of the earlier depth that is kept with each frame, where it can be followed along the
  /// motion, and of the earlier range that is kept with each frame the network sees; named and
  /// defined as in iw3. A larger value is steadier and lags further behind. From 0 up to, not
  /// including, 1.
  float ema_decay = 0.75F;
  /// The network sees every n-th frame; in between, its last depth moves with the motion of the
  /// video. A larger value divides the cost and delays new objects accordingly; a scene cut is
  /// detected immediately. From 1 to 30.
  int every_nth = 1;
  /// The longer side of the depth map. A larger value resolves smaller objects; cost and size of
  /// the state grow with its square. More than the network outputs has no effect. 16 to 512.
  int longest_side_px = 240;
};

/// Produces steady depth from a network that sees single frames. Its raw values are stretched to
/// the range from 0 to 1 by percentiles, and smoothed over time along the motion of the video; both
/// restart at a scene cut. Uncovered areas, and whatever cannot be followed, take the newest depth
/// immediately.
///
/// Values of the network that are not finite are filled in from their neighbours. A map without any
/// finite value is ignored, so that depth continues as before; it is a flat 0.5 at first. A map
/// without a range, up to rounding errors, is flat too. Deterministic as far as the network is,
/// also if a state was passed on between any two frames. A state of frames of another size is
/// dropped at the first frame.
class STREAMKIT_API NetworkDepthEstimator final : public DepthEstimator {
 public:
  /// Errors: InvalidArgument (no network, an option out of its range).
  static Result<std::unique_ptr<NetworkDepthEstimator>> create(
      std::unique_ptr<DepthNetwork> network, NetworkDepthOptions options = {});
  ~NetworkDepthEstimator() override;

  /// Errors: Unsupported (pixel format); Internal (the network returned a map of size 0); those of
  /// the network. After an error nothing is remembered of the frames of this call.
  Result<void> estimate(const VideoFrame& frame, DepthMap& depth) override;
  /// Returns the number of frames that contain one batch of the network: at most 32, unless the
  /// batch itself is larger.
  [[nodiscard]] std::size_t batch() const noexcept override;
  Result<void> estimate_batch(std::span<const VideoFrame> frames,
                              std::span<DepthMap> depths) override;
  void reset() override;
  /// Saves two small grids of 16 bits, three if the network does not see every frame: at most 130
  /// or 194 KB for frames of 16:9 with the default longest side.
  [[nodiscard]] Bytes save_state() const override;
  /// A state saved with an every_nth of 1 does not fit a larger one, and vice versa.
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  NetworkDepthEstimator(std::unique_ptr<DepthNetwork> network, NetworkDepthOptions options);
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

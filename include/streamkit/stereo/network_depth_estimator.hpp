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
  /// Share of the earlier depth that stays with each picture, where it can be followed along the
  /// motion, and of the earlier range that stays with each picture the network sees; named and set
  /// as in iw3. More is steadier and lags further behind. From 0 up to, not including, 1.
  float ema_decay = 0.75F;
  /// The network sees every n-th picture; between them its last depth goes along with the
  /// picture's motion. More costs so much less and follows new things so much later; a scene cut
  /// is seen at once. From 1 to 30.
  int every_nth = 1;
  /// The longer side of the depth map. More follows smaller things and costs with its square, in
  /// time and in the state's size; more than the network gives is of no use. 16 to 512.
  int longest_side_px = 240;
};

/// Steady depth from a network that sees single pictures. Its raw numbers are stretched to the
/// range from 0 to 1 by percentiles, and smoothed over time along the motion of the picture; both
/// start anew at a scene cut. What is uncovered, and whatever cannot be followed, takes the newest
/// depth at once.
///
/// Where the network gives values that are not finite they are filled in from their neighbours; a
/// map without any finite value is taken as none at all, so that depth goes on as it was, flat 0.5
/// at first. A map without a range, up to what rounding makes, is flat too.
/// Deterministic as far as the network is, also when a state was handed over between any two
/// pictures. A state of pictures of another size is forgotten at the first picture.
class STREAMKIT_API NetworkDepthEstimator final : public DepthEstimator {
 public:
  /// Errors: InvalidArgument (no network, an option out of its range).
  static Result<std::unique_ptr<NetworkDepthEstimator>> create(
      std::unique_ptr<DepthNetwork> network, NetworkDepthOptions options = {});
  ~NetworkDepthEstimator() override;

  /// Errors: Unsupported (pixel format); Internal (a map of no size from the network); those of the
  /// network. After one nothing is remembered of the pictures given with this call.
  Result<void> estimate(const VideoFrame& frame, DepthMap& depth) override;
  /// As many pictures as hold one batch of the network's, but no more than 32 for its sake.
  [[nodiscard]] std::size_t batch() const noexcept override;
  Result<void> estimate_batch(std::span<const VideoFrame> frames,
                              std::span<DepthMap> depths) override;
  void reset() override;
  /// Two small grids of 16 bits, three when the network does not see every picture: 130 or 194 KB
  /// at most for pictures of 16:9 with the default longest side.
  [[nodiscard]] Bytes save_state() const override;
  /// A state made with every_nth of 1 does not fit one of more, and the other way round.
  Result<void> load_state(std::span<const std::uint8_t> state) override;

 private:
  struct State;
  NetworkDepthEstimator(std::unique_ptr<DepthNetwork> network, NetworkDepthOptions options);
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo

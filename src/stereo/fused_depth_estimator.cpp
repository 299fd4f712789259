#include <streamkit/stereo/builtin_depth_network.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <string>
#include <utility>

#include "stereo/depth_fusion.hpp"

namespace streamkit::stereo {

struct FusedDepthEstimator::State {
  DepthFusion depth;
};

FusedDepthEstimator::FusedDepthEstimator(std::unique_ptr<State> state) : state_(std::move(state)) {}
FusedDepthEstimator::~FusedDepthEstimator() = default;

Result<std::unique_ptr<FusedDepthEstimator>> FusedDepthEstimator::create(
    FusedDepthOptions options) {
  auto network = BuiltinDepthNetwork::create();
  if (!network) return network.error();
  return create(*std::move(network), options);
}

Result<std::unique_ptr<FusedDepthEstimator>> FusedDepthEstimator::create(
    std::unique_ptr<DepthNetwork> network, FusedDepthOptions options) {
  const auto wrong = [](std::string what) {
    return Error{ErrorCode::InvalidArgument, std::move(what)};
  };
  if (!network) return wrong("the depth network is missing");
  // Written so that NaN is rejected too.
  if (!(options.ema_decay >= 0 && options.ema_decay < 1)) {
    return wrong("ema_decay must be from 0 to below 1");
  }
  if (options.every_nth < 1 || options.every_nth > 30) {
    return wrong("every_nth must be from 1 to 30");
  }
  if (options.longest_side_px < 16 || options.longest_side_px > 512) {
    return wrong("longest_side_px must be from 16 to 512");
  }
  return std::unique_ptr<FusedDepthEstimator>(
      new FusedDepthEstimator(std::unique_ptr<State>(new State{
          DepthFusion(options.longest_side_px, options.ema_decay,
                      std::make_unique<NetworkPrior>(std::move(network), options.every_nth))})));
}

Result<void> FusedDepthEstimator::estimate(const VideoFrame& frame, DepthMap& depth) {
  if (frame.format.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
  }
  return state_->depth.update(frame, depth);
}

void FusedDepthEstimator::reset() { state_->depth.reset(); }

Bytes FusedDepthEstimator::save_state() const { return state_->depth.save(); }

Result<void> FusedDepthEstimator::load_state(std::span<const std::uint8_t> state) {
  return state_->depth.load(state);
}

}  // namespace streamkit::stereo

#include <streamkit/stereo/builtin_depth_network.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <utility>

#include "stereo/depth_fusion.hpp"
#include "stereo/depth_options.hpp"

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
  if (!network) return Error{ErrorCode::InvalidArgument, "the depth network is missing"};
  auto valid = check_depth_options(options.ema_decay, options.every_nth, options.longest_side_px);
  if (!valid) return valid.error();
  return std::unique_ptr<FusedDepthEstimator>(new FusedDepthEstimator(std::unique_ptr<State>(
      new State{DepthFusion(options.longest_side_px, options.ema_decay, options.every_nth,
                            std::make_unique<NetworkPrior>(std::move(network)))})));
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

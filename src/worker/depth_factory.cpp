#include <streamkit/worker/depth_factory.hpp>

#include <streamkit/stereo/flat_depth_estimator.hpp>
#include <utility>

namespace streamkit::worker {
namespace {

using Made = Result<std::unique_ptr<DepthEstimator>>;

}  // namespace

DepthEstimatorFactory fused_depth(const stereo::FusedDepthOptions& options,
                                  const stereo::BuiltinDepthOptions& network) {
  return [options, network]() -> Made {
    auto built_in = stereo::BuiltinDepthNetwork::create(network);
    if (!built_in) return built_in.error();
    auto fused = stereo::FusedDepthEstimator::create(std::move(*built_in), options);
    if (!fused) return fused.error();
    return std::unique_ptr<DepthEstimator>(std::move(*fused));
  };
}

DepthEstimatorFactory builtin_network_depth(const stereo::BuiltinDepthOptions& network,
                                            const stereo::NetworkDepthOptions& options) {
  return [network, options]() -> Made {
    auto built_in = stereo::BuiltinDepthNetwork::create(network);
    if (!built_in) return built_in.error();
    auto steady = stereo::NetworkDepthEstimator::create(std::move(*built_in), options);
    if (!steady) return steady.error();
    return std::unique_ptr<DepthEstimator>(std::move(*steady));
  };
}

DepthEstimatorFactory cue_depth(const stereo::CueDepthOptions& options) {
  return [options]() -> Made {
    auto cues = stereo::CueDepthEstimator::create(options);
    if (!cues) return cues.error();
    return std::unique_ptr<DepthEstimator>(std::move(*cues));
  };
}

DepthEstimatorFactory flat_depth(double convergence) {
  return [depth = static_cast<float>(convergence)]() -> Made {
    return std::unique_ptr<DepthEstimator>(std::make_unique<stereo::FlatDepthEstimator>(depth));
  };
}

DepthEstimatorFactory network_depth(DepthNetworkFactory make_network,
                                    const stereo::NetworkDepthOptions& options) {
  return [make_network = std::move(make_network), options]() -> Made {
    auto steady = stereo::NetworkDepthEstimator::create(make_network(), options);
    if (!steady) return steady.error();
    return std::unique_ptr<DepthEstimator>(std::move(*steady));
  };
}

}  // namespace streamkit::worker

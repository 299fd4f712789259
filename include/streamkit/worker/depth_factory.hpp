#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/stereo/builtin_depth_network.hpp>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>

namespace streamkit::worker {

/// Creates a depth estimator for each conversion.
/// Thread-safety: may be called from any thread, concurrently.
using DepthEstimatorFactory = std::function<Result<std::unique_ptr<DepthEstimator>>()>;

/// Returns a factory of the built-in depth, the default: a network that is compiled into the
/// library, fused with cues and motion. Conversions fail with InvalidArgument if an option is out
/// of its range.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory fused_depth(
    const stereo::FusedDepthOptions& options = {}, const stereo::BuiltinDepthOptions& network = {});
/// Returns a factory of the built-in network alone, without cues and motion. Conversions fail with
/// InvalidArgument if an option is out of its range.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory builtin_network_depth(
    const stereo::BuiltinDepthOptions& network = {},
    const stereo::NetworkDepthOptions& options = {});
/// Returns a factory of depth from cues and motion alone, without a network.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory cue_depth(
    const stereo::CueDepthOptions& options = {});
/// Returns a factory of flat depth: everything is in the screen plane, so that both eyes see the
/// source. `convergence` is the renderer's.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory flat_depth(double convergence);

/// Creates a depth network for each conversion.
/// Thread-safety: may be called from any thread, concurrently.
using DepthNetworkFactory = std::function<std::unique_ptr<DepthNetwork>()>;

/// Returns a factory of steady depth from networks of any kind, see stereo::NetworkDepthEstimator.
/// An onnx::OnnxDepthModel is loaded once for all conversions and captured by
/// `[model] { return model.network(); }`.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory network_depth(
    DepthNetworkFactory make_network, const stereo::NetworkDepthOptions& options = {});

/// The depth of sessions that choose its source, see DepthSource.
struct STREAMKIT_API ChosenDepth {
  DepthEstimatorFactory automatic = fused_depth();
  DepthEstimatorFactory network = builtin_network_depth();
  DepthEstimatorFactory cues = cue_depth();
  /// Empty: there is no such network here, and `automatic` takes its place.
  DepthEstimatorFactory onnx = {};
};

}  // namespace streamkit::worker

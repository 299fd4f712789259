#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/stereo/cue_depth_estimator.hpp>

namespace streamkit::worker {

/// Makes a depth estimator for each conversion. Thread-safety: calls may run in parallel.
using DepthEstimatorFactory = std::function<Result<std::unique_ptr<DepthEstimator>>()>;

/// Built-in depth.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory cue_depth(
    const stereo::CueDepthOptions& options = {});
/// No depth: everything lies in the screen, so that both eyes see the source.
STREAMKIT_API [[nodiscard]] DepthEstimatorFactory flat_depth(double convergence);

}  // namespace streamkit::worker

#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::worker {

/// Makes a depth estimator for each conversion. Thread-safety: calls may run in parallel.
using DepthEstimatorFactory = std::function<Result<std::unique_ptr<DepthEstimator>>()>;

/// Built-in depth with its default options.
[[nodiscard]] DepthEstimatorFactory cue_depth();
/// No depth: everything lies in the screen, so that both eyes see the source.
[[nodiscard]] DepthEstimatorFactory flat_depth(double convergence);

/// The flags that every command has that guesses depth.
[[nodiscard]] std::vector<common::Flag> depth_flags();
/// What the flags ask for; `convergence` is the renderer's. A network is loaded here, once for all
/// conversions. Errors: InvalidArgument, naming the flag; those of loading a network.
[[nodiscard]] Result<DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                          double convergence);

}  // namespace streamkit::worker

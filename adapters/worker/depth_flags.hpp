#pragma once

#include <streamkit/core/result.hpp>
#include <vector>

#include <streamkit/worker/depth_factory.hpp>
#include "common/command_line.hpp"

namespace streamkit::worker_tool {

/// Returns the flags that every command with depth estimation has.
[[nodiscard]] std::vector<common::Flag> depth_flags();
/// Returns the estimators that the flags select; `convergence` is that of the renderer. A network
/// is loaded here, once for all conversions. Errors: InvalidArgument, naming the flag; those of
/// loading a network.
Result<worker::DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                    double convergence);

}  // namespace streamkit::worker_tool

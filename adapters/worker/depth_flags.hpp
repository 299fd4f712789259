#pragma once

#include <streamkit/core/result.hpp>
#include <vector>

#include <streamkit/worker/depth_factory.hpp>
#include "common/command_line.hpp"

namespace streamkit::worker_tool {

/// The flags that every command has that guesses depth.
[[nodiscard]] std::vector<common::Flag> depth_flags();
/// What the flags ask for; `convergence` is the renderer's. A network is loaded here, once for all
/// conversions. Errors: InvalidArgument, naming the flag; those of loading a network.
Result<worker::DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                    double convergence);

}  // namespace streamkit::worker_tool

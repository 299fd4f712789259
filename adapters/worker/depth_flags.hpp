#pragma once

#include <streamkit/core/result.hpp>
#include <vector>

#include "common/command_line.hpp"
#include "worker/depth_factory.hpp"

namespace streamkit::worker {

/// The flags that every command has that guesses depth.
[[nodiscard]] std::vector<common::Flag> depth_flags();
/// What the flags ask for; `convergence` is the renderer's. A network is loaded here, once for all
/// conversions. Errors: InvalidArgument, naming the flag; those of loading a network.
[[nodiscard]] Result<DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                          double convergence);

}  // namespace streamkit::worker

#pragma once

#include <streamkit/core/result.hpp>
#include <string>
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

/// The depth of a worker: where sessions leave it open, and where they choose it.
struct SessionDepth {
  worker::DepthEstimatorFactory standard;
  worker::ChosenDepth chosen = {};
};
/// Returns the depth that the flags select. Unlike depth_factory(), a network may be named whatever
/// --depth is, for sessions that choose it. Errors: those of depth_factory().
Result<SessionDepth> session_depth(const common::Arguments& arguments, double convergence);

/// A source of depth and its name for people.
struct NamedDepth {
  std::string name;
  worker::DepthEstimatorFactory make;
};
/// Returns the sources, each by itself, that the selected depth is fused of; empty if it is not
/// fused. Errors: InvalidArgument, naming the flag.
Result<std::vector<NamedDepth>> depth_parts(const common::Arguments& arguments);

}  // namespace streamkit::worker_tool

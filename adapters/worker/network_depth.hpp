#pragma once

#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {

/// Depth of a network that the flags name; it is loaded now, once for all conversions.
/// Errors: InvalidArgument, naming the flag; those of loading the model; Unsupported (this build is
/// without the room onnx).
Result<worker::DepthEstimatorFactory> network_depth(const common::Arguments& arguments,
                                                    const stereo::NetworkDepthOptions& steady);

}  // namespace streamkit::worker_tool

#pragma once

#include <streamkit/core/result.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <string>

namespace streamkit::demo {

/// Depth of a network, which is loaded here once for all conversions.
/// Errors: InvalidArgument (no model, unknown preset); those of loading the model; Unsupported
/// (this build has no ONNX Runtime).
Result<worker::DepthEstimatorFactory> onnx_depth(const std::string& model_file,
                                                 const std::string& preset);

}  // namespace streamkit::demo

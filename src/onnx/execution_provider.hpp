#pragma once

#include <streamkit/core/result.hpp>
#include <string>

#include "onnx/onnx_handles.hpp"

namespace streamkit::onnx {

/// Lets `options` compute with the provider of that name, see OnnxDepthOptions.
/// Errors: InvalidArgument (unknown name); Unsupported (the runtime does not have it: the message
/// names those it has).
Result<void> use_provider(OrtSessionOptions* options, const std::string& name);

}  // namespace streamkit::onnx

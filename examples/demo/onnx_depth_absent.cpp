// Stands in for onnx_depth.cpp where the room onnx is not built.
#include "demo/onnx_depth.hpp"

namespace streamkit::demo {

Result<worker::DepthEstimatorFactory> onnx_depth(const std::string&, const std::string&) {
  return Error{ErrorCode::Unsupported,
               "this build has no ONNX Runtime; configure it with -DSTREAMKIT_WITH_ONNX=ON"};
}

}  // namespace streamkit::demo

// Stands in for network_depth.cpp where the room onnx is not built.
#include "worker/network_depth.hpp"

namespace streamkit::worker_tool {

Result<worker::DepthEstimatorFactory> network_depth(const common::Arguments& arguments,
                                                    const stereo::NetworkDepthOptions&) {
  return arguments.wrong(
      "depth", "this build has no ONNX Runtime; configure it with -DSTREAMKIT_WITH_ONNX=ON");
}

}  // namespace streamkit::worker_tool

#include "demo/onnx_depth.hpp"

#include <streamkit/onnx/onnx_depth_model.hpp>

namespace streamkit::demo {

Result<worker::DepthEstimatorFactory> onnx_depth(const std::string& model_file,
                                                 const std::string& preset) {
  if (model_file.empty()) {
    return Error{ErrorCode::InvalidArgument, "--depth-model must name an .onnx file"};
  }
  auto options = onnx::onnx_depth_preset(preset);
  if (!options) {
    return Error{ErrorCode::InvalidArgument,
                 "--depth-preset: '" + preset + "' is not a known preset; see --help"};
  }
  options->model = model_file;
  const auto model = onnx::OnnxDepthModel::load(*options);
  if (!model) return model.error();
  return worker::network_depth([model = *model] { return model.network(); });
}

}  // namespace streamkit::demo

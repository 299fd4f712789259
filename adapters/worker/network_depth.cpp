#include "worker/network_depth.hpp"

#include <cstdlib>
#include <streamkit/onnx/onnx_depth_model.hpp>

namespace streamkit::worker_tool {
namespace {

using Colors = std::array<float, 3>;

// "R,G,B"; without a value `colors` stays.
Result<void> read_colors(const common::Arguments& arguments, const char* flag, Colors& colors) {
  const std::string text = arguments.text(flag);
  if (text.empty()) return {};
  const char* at = text.c_str();
  for (std::size_t i = 0; i < colors.size(); ++i) {
    char* end = nullptr;
    colors[i] = std::strtof(at, &end);
    const char expected = i + 1 < colors.size() ? ',' : '\0';
    if (end == at || *end != expected) {
      return arguments.wrong(flag,
                             "give three numbers for red, green and blue, such as 0.5,0.5,0.5");
    }
    at = end + 1;
  }
  return {};
}

Result<void> read_output(const common::Arguments& arguments, onnx::DepthOutput& output) {
  if (!arguments.given("depth-output")) return {};
  constexpr std::array<std::string_view, 3> kOutputs = {"disparity", "relative", "metric"};
  const auto name = arguments.choice("depth-output", kOutputs);
  if (!name) return name.error();
  output = *name == "disparity"  ? onnx::DepthOutput::Disparity
           : *name == "relative" ? onnx::DepthOutput::RelativeDepth
                                 : onnx::DepthOutput::MetricDepth;
  return {};
}

// A number that is left alone where the flag is not given.
Result<void> read_number(const common::Arguments& arguments, const char* flag, int least, int most,
                         int& value) {
  if (!arguments.given(flag)) return {};
  const auto number = arguments.integer(flag, least, most);
  if (!number) return number.error();
  value = static_cast<int>(*number);
  return {};
}

Result<onnx::OnnxDepthOptions> model_options(const common::Arguments& arguments) {
  const auto model = arguments.required("depth-model");
  if (!model) return model.error();
  if (auto given = arguments.required("depth-preset"); !given) return given.error();
  const auto preset = arguments.choice("depth-preset", onnx::onnx_depth_preset_names());
  if (!preset) return preset.error();
  onnx::OnnxDepthOptions options = *onnx::onnx_depth_preset(*preset);
  options.model = *model;
  options.provider = arguments.text("depth-provider");
  const Result<void> all[] = {read_number(arguments, "depth-size", 16, 4096, options.short_side_px),
                              read_colors(arguments, "depth-mean", options.mean),
                              read_colors(arguments, "depth-std", options.deviation),
                              read_output(arguments, options.output),
                              read_number(arguments, "depth-batch", 1, 64, options.batch),
                              read_number(arguments, "depth-threads", 0, 256, options.threads)};
  for (const Result<void>& one : all) {
    if (!one) return one.error();
  }
  return options;
}

}  // namespace

Result<worker::DepthEstimatorFactory> network_depth(const common::Arguments& arguments,
                                                    const stereo::NetworkDepthOptions& steady) {
  const auto options = model_options(arguments);
  if (!options) return options.error();
  const auto model = onnx::OnnxDepthModel::load(*options);
  if (!model) return model.error();
  return worker::network_depth([model = *model] { return model.network(); }, steady);
}

}  // namespace streamkit::worker_tool

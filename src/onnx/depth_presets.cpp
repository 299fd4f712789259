#include <algorithm>
#include <streamkit/onnx/onnx_depth_model.hpp>

namespace streamkit::onnx {
namespace {

using Colors = std::array<float, 3>;

// Means and deviations of the pictures in ImageNet, with which most encoders were trained.
constexpr Colors kImageNetMean = {0.485F, 0.456F, 0.406F};
constexpr Colors kImageNetDeviation = {0.229F, 0.224F, 0.225F};
// To -1 to 1.
constexpr Colors kHalf = {0.5F, 0.5F, 0.5F};

struct Preset {
  std::string_view name;
  DepthOutput output = DepthOutput::Disparity;
  Colors mean = {0, 0, 0};
  Colors deviation = {1, 1, 1};
  int short_side_px = 256;
  int multiple_px = 32;
};

// Sizes and numbers as in the networks' own published pre-processing; docs/stereo.md has the table.
constexpr Preset kPresets[] = {
    {"midas", DepthOutput::Disparity, kImageNetMean, kImageNetDeviation, 256, 32},
    {"midas_dpt", DepthOutput::Disparity, kHalf, kHalf, 384, 32},
    {"depth_anything", DepthOutput::Disparity, kImageNetMean, kImageNetDeviation, 518, 14},
    {"zoe_depth", DepthOutput::MetricDepth, kHalf, kHalf, 384, 32},
    {"fast_depth", DepthOutput::MetricDepth, {0, 0, 0}, {1, 1, 1}, 224, 32},
    {"custom"}};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kPresets)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kPresets[i].name;
  return names;
}();

}  // namespace

std::optional<OnnxDepthOptions> onnx_depth_preset(std::string_view name) {
  const auto* found = std::find_if(std::begin(kPresets), std::end(kPresets),
                                   [&](const Preset& preset) { return preset.name == name; });
  if (found == std::end(kPresets)) return {};
  OnnxDepthOptions options;
  options.output = found->output;
  options.mean = found->mean;
  options.deviation = found->deviation;
  options.short_side_px = found->short_side_px;
  options.multiple_px = found->multiple_px;
  return options;
}

std::span<const std::string_view> onnx_depth_preset_names() { return kNames; }

}  // namespace streamkit::onnx

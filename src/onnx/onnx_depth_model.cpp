#include <array>
#include <cmath>
#include <cstdint>
#include <streamkit/onnx/onnx_depth_model.hpp>

#include "onnx/depth_session.hpp"
#include "onnx/onnx_depth_network.hpp"

namespace streamkit::onnx {
namespace {

Result<void> in_range(const char* name, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return Error{ErrorCode::InvalidArgument, std::string(name) + " " + std::to_string(value) +
                                               " is not from " + std::to_string(least) + " to " +
                                               std::to_string(most)};
}

Result<void> check_options(const OnnxDepthOptions& options) {
  const Result<void> all[] = {in_range("short_side_px", options.short_side_px, 16, 4096),
                              in_range("multiple_px", options.multiple_px, 1, 512),
                              in_range("batch", options.batch, 1, 64),
                              in_range("threads", options.threads, 0, 256)};
  for (const Result<void>& one : all) {
    if (!one) return one;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (!std::isfinite(options.mean[i]) || !std::isfinite(options.deviation[i]) ||
        options.deviation[i] <= 0) {
      return Error{ErrorCode::InvalidArgument,
                   "mean and deviation must be finite, deviation above 0, for each colour"};
    }
  }
  return {};
}

// A model may reject frames, or return no depth, for reasons that its forms do not show.
Result<void> try_out(DepthNetwork& network) {
  constexpr std::size_t kStride = 64;
  static constexpr std::array<std::uint8_t, kStride* 36> kGrey = [] {
    std::array<std::uint8_t, kStride * 36> pixels{};
    pixels.fill(128);
    return pixels;
  }();
  VideoFrame frame;
  frame.format = {.width_px = 32, .height_px = 18};
  frame.planes = {{{kGrey.data(), kStride, 32, 18},
                   {kGrey.data(), kStride, 16, 9},
                   {kGrey.data(), kStride, 16, 9}}};
  DepthMap depth;
  return network.infer({&frame, 1}, {&depth, 1});
}

}  // namespace

Result<OnnxDepthModel> OnnxDepthModel::load(const OnnxDepthOptions& options,
                                            const Context& context) {
  if (auto checked = check_options(options); !checked) return checked.error();
  auto session = DepthSession::load(options, context);
  const std::string name = "model '" + options.model.string() + "'";
  if (!session) return session.error().with_context(name);
  OnnxDepthModel model(*std::move(session));
  if (auto tried = try_out(*model.network()); !tried) {
    return tried.error().with_context(name + ", tried with a grey frame, sides in multiples of " +
                                      std::to_string(options.multiple_px));
  }
  return model;
}

std::unique_ptr<DepthNetwork> OnnxDepthModel::network() const {
  return std::make_unique<OnnxDepthNetwork>(session_);
}

}  // namespace streamkit::onnx

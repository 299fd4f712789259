#include "worker/depth_flags.hpp"

#include <array>
#include <string_view>

#include "worker/network_depth.hpp"

namespace streamkit::worker_tool {
std::vector<common::Flag> depth_flags() {
  return {
      {"depth", "NAME",
       "where depth comes from: cues (built in, no model), onnx (a network, see --depth-model) or "
       "flat (none)",
       "cues"},
      {"ema-decay", "SHARE",
       "of the earlier depth that is kept with each frame, 0 to 0.99: more is steadier and lags "
       "further behind",
       "0.75"},
      {"depth-model", "FILE", "the network of --depth onnx, an .onnx file"},
      {"depth-preset", "NAME",
       "the form of its input and output: midas, midas_dpt, depth_anything, zoe_depth, "
       "fast_depth or custom"},
      {"depth-size", "PX", "the shorter side of its input, 16 to 4096; otherwise the preset's"},
      {"depth-mean", "R,G,B", "subtracted from colours of 0 to 1; otherwise the preset's"},
      {"depth-std", "R,G,B", "divides the difference; otherwise the preset's"},
      {"depth-output", "NAME",
       "its values: disparity (larger is nearer), relative or metric depth (larger is farther); "
       "otherwise the preset's"},
      {"depth-every", "COUNT",
       "it sees every n-th frame, 1 to 30; between them depth follows the motion", "1"},
      {"depth-batch", "COUNT", "frames per call, 1 to 64; for graphics cards", "1"},
      {"depth-threads", "COUNT", "processor threads, 0 to 256; 0: one per core", "0"},
      {"depth-provider", "NAME", "execution provider: cpu, cuda, tensorrt, coreml or directml",
       "cpu"},
  };
}

Result<worker::DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                    double convergence) {
  constexpr std::array<std::string_view, 3> kDepths = {"cues", "onnx", "flat"};
  const auto depth = arguments.choice("depth", kDepths);
  if (!depth) return depth.error();
  const auto ema_decay = arguments.number("ema-decay", 0, 0.99);
  if (!ema_decay) return ema_decay.error();
  if (*depth != "onnx" && arguments.given("depth-model")) {
    return arguments.wrong("depth-model", "it is used with --depth onnx only");
  }
  if (*depth == "flat") return worker::flat_depth(convergence);
  if (*depth == "onnx") return network_depth(arguments, static_cast<float>(*ema_decay));
  return worker::cue_depth({.ema_decay = static_cast<float>(*ema_decay)});
}

}  // namespace streamkit::worker_tool

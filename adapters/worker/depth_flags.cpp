#include "worker/depth_flags.hpp"

#include <array>
#include <string>
#include <string_view>

#include "worker/network_depth.hpp"

namespace streamkit::worker_tool {
std::vector<common::Flag> depth_flags() {
  return {
      {"depth", "NAME",
       "where depth comes from: auto (the built-in network fused with cues and motion), network "
       "(the built-in network alone), cues (cues and motion alone), onnx (your network, which "
       "--depth-model alone selects too) or flat (none)",
       "auto"},
      {"ema-decay", "SHARE",
       "of the earlier depth that is kept with each frame, 0 to 0.99: more is steadier and lags "
       "further behind",
       "0.75"},
      {"depth-model", "FILE", "the network of --depth onnx, an .onnx file"},
      {"depth-preset", "NAME",
       "the form of its input and output: midas, midas_dpt, depth_anything, zoe_depth, "
       "fast_depth or custom"},
      {"depth-size", "PX",
       "the shorter side of the network's input, 16 to 4096; otherwise the preset's; of the "
       "built-in network a multiple of 32 up to 1024, otherwise 96"},
      {"depth-mean", "R,G,B", "subtracted from colours of 0 to 1; otherwise the preset's"},
      {"depth-std", "R,G,B", "divides the difference; otherwise the preset's"},
      {"depth-output", "NAME",
       "its values: disparity (larger is nearer), relative or metric depth (larger is farther); "
       "otherwise the preset's"},
      {"depth-every", "COUNT",
       "the network sees every n-th frame, 1 to 30; between them depth follows the motion; "
       "otherwise 4 with auto and 1 with the others"},
      {"depth-batch", "COUNT", "frames per call, 1 to 64; for graphics cards", "1"},
      {"depth-threads", "COUNT", "processor threads, 0 to 256; 0: one per core", "0"},
      {"depth-provider", "NAME", "execution provider: cpu, cuda, tensorrt, coreml or directml",
       "cpu"},
  };
}

namespace {

constexpr std::string_view kOnnx = "onnx";

Result<stereo::BuiltinDepthOptions> builtin_options(const common::Arguments& arguments) {
  stereo::BuiltinDepthOptions options;
  if (!arguments.given("depth-size")) return options;
  const auto size = arguments.integer("depth-size", 32, 1024);
  if (!size) return size.error();
  if (*size % 32 != 0) {
    return arguments.wrong("depth-size", "the built-in network takes multiples of 32");
  }
  options.short_side_px = static_cast<int>(*size);
  return options;
}

Result<int> every_nth(const common::Arguments& arguments, int otherwise) {
  if (!arguments.given("depth-every")) return otherwise;
  const auto number = arguments.integer("depth-every", 1, 30);
  if (!number) return number.error();
  return static_cast<int>(*number);
}

// The name of the selected depth.
Result<std::string> selected_depth(const common::Arguments& arguments) {
  constexpr std::array<std::string_view, 5> kDepths = {"auto", "network", "cues", kOnnx, "flat"};
  if (arguments.given("depth")) return arguments.choice("depth", kDepths);
  return std::string(arguments.given("depth-model") ? "onnx" : "auto");
}

Result<float> ema_decay_of(const common::Arguments& arguments) {
  const auto share = arguments.number("ema-decay", 0, 0.99);
  if (!share) return share.error();
  return static_cast<float>(*share);
}

// With `sized`, --depth-size and --depth-every are those of the built-in network.
Result<worker::DepthEstimatorFactory> built_in_depth(const common::Arguments& arguments, bool fused,
                                                     float ema_decay, bool sized) {
  const int usual = fused ? stereo::FusedDepthOptions{}.every_nth : 1;
  const auto network = sized ? builtin_options(arguments) : stereo::BuiltinDepthOptions{};
  if (!network) return network.error();
  const auto nth = sized ? every_nth(arguments, usual) : usual;
  if (!nth) return nth.error();
  if (fused) return worker::fused_depth({.ema_decay = ema_decay, .every_nth = *nth}, *network);
  return worker::builtin_network_depth(*network, {.ema_decay = ema_decay, .every_nth = *nth});
}

Result<worker::DepthEstimatorFactory> depth_named(const common::Arguments& arguments,
                                                  std::string_view name, double convergence,
                                                  bool sized) {
  const auto ema_decay = ema_decay_of(arguments);
  if (!ema_decay) return ema_decay.error();
  if (name == "flat") return worker::flat_depth(convergence);
  if (name == "cues") return worker::cue_depth({.ema_decay = *ema_decay});
  if (name != kOnnx) return built_in_depth(arguments, name == "auto", *ema_decay, sized);
  const auto nth = every_nth(arguments, 1);
  if (!nth) return nth.error();
  return network_depth(arguments, {.ema_decay = *ema_decay, .every_nth = *nth});
}

}  // namespace

Result<std::vector<NamedDepth>> depth_parts(const common::Arguments& arguments) {
  const auto depth = selected_depth(arguments);
  if (!depth) return depth.error();
  if (*depth != "auto") return std::vector<NamedDepth>{};
  const auto decay = ema_decay_of(arguments);
  if (!decay) return decay.error();
  const auto network = builtin_options(arguments);
  if (!network) return network.error();
  const auto nth = every_nth(arguments, stereo::FusedDepthOptions{}.every_nth);
  if (!nth) return nth.error();
  return std::vector<NamedDepth>{
      {"network",
       worker::builtin_network_depth(*network, {.ema_decay = *decay, .every_nth = *nth})},
      {"cues and motion", worker::cue_depth({.ema_decay = *decay})}};
}

Result<worker::DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                                    double convergence) {
  const auto selected = selected_depth(arguments);
  if (!selected) return selected.error();
  if (*selected != kOnnx && arguments.given("depth-model")) {
    return arguments.wrong("depth-model", "it is used with --depth onnx only");
  }
  return depth_named(arguments, *selected, convergence, true);
}

Result<SessionDepth> session_depth(const common::Arguments& arguments, double convergence) {
  const auto selected = selected_depth(arguments);
  if (!selected) return selected.error();
  const bool has_model = arguments.given("depth-model") || *selected == kOnnx;
  SessionDepth depth{.standard = worker::flat_depth(convergence)};
  worker::ChosenDepth& chosen = depth.chosen;
  const std::pair<std::string_view, worker::DepthEstimatorFactory*> rows[] = {
      {"auto", &chosen.automatic},
      {"network", &chosen.network},
      {"cues", &chosen.cues},
      {kOnnx, &chosen.onnx}};
  for (const auto& [name, factory] : rows) {
    if (name == kOnnx && !has_model) continue;
    // The model, if there is one, takes the flags that both networks have.
    auto made = depth_named(arguments, name, convergence, !has_model);
    if (!made) return made.error();
    *factory = *std::move(made);
    if (name == *selected) depth.standard = *factory;
  }
  return depth;
}

}  // namespace streamkit::worker_tool

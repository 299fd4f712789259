#include "worker/depth_flags.hpp"

#include <array>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/flat_depth_estimator.hpp>
#include <string_view>

namespace streamkit::worker {
namespace {

using Made = Result<std::unique_ptr<DepthEstimator>>;

DepthEstimatorFactory cue_depth(const stereo::CueDepthOptions& options) {
  return [options]() -> Made {
    auto cues = stereo::CueDepthEstimator::create(options);
    if (!cues) return cues.error();
    return std::unique_ptr<DepthEstimator>(std::move(*cues));
  };
}

}  // namespace

DepthEstimatorFactory cue_depth() { return cue_depth(stereo::CueDepthOptions{}); }

DepthEstimatorFactory flat_depth(double convergence) {
  return [depth = static_cast<float>(convergence)]() -> Made {
    return std::unique_ptr<DepthEstimator>(std::make_unique<stereo::FlatDepthEstimator>(depth));
  };
}

std::vector<common::Flag> depth_flags() {
  return {
      {"depth", "NAME", "where depth comes from: cues (built in, no model) or flat (none)", "cues"},
      {"ema-decay", "SHARE",
       "of the earlier depth that stays with each picture, 0 to 0.99: more is steadier and lags "
       "further behind",
       "0.75"},
  };
}

Result<DepthEstimatorFactory> depth_factory(const common::Arguments& arguments,
                                            double convergence) {
  constexpr std::array<std::string_view, 2> kDepths = {"cues", "flat"};
  const auto depth = arguments.choice("depth", kDepths);
  if (!depth) return depth.error();
  const auto ema_decay = arguments.number("ema-decay", 0, 0.99);
  if (!ema_decay) return ema_decay.error();
  if (*depth == "flat") return flat_depth(convergence);
  return cue_depth({.ema_decay = static_cast<float>(*ema_decay)});
}

}  // namespace streamkit::worker

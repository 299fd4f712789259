#include "stereo/steady_depth.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stereo/depth_state.hpp"
#include "stereo/ramp.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// A smaller range is not stretched to the whole of 0 to 1, because little evidence justifies little
// depth.
constexpr float kLeastRange = 0.5F;
constexpr int kEdgeRadius = 5;
constexpr float kEdgeEpsilon = 2e-3F;

// A small difference is noise, a large one another object: it is followed more slowly.
constexpr float kShareOfNoise = 0.4F;
constexpr float kNoise = 0.03F;
constexpr float kChange = 0.1F;

float share_of(float difference) {
  return kShareOfNoise + ramp(difference, kNoise, kChange) * (1 - kShareOfNoise);
}

}  // namespace

void SteadyDepth::update(Grid& cues, const Grid& luma, float decay) {
  follow_edges(cues, luma);
  const ValueRange now = range_of(cues.values);
  if (started_) {
    for (std::size_t i = 0; i < cues.values.size(); ++i) {
      const float difference = cues.values[i] - values_.values[i];
      values_.values[i] += (1 - decay) * share_of(std::abs(difference)) * difference;
    }
    range_.low = decay * range_.low + (1 - decay) * now.low;
    range_.high = decay * range_.high + (1 - decay) * now.high;
  } else {
    values_ = cues;
    range_ = now;
    started_ = true;
  }
  quantize(values_);
  range_ = {quantize(range_.low), quantize(range_.high)};
}

void SteadyDepth::follow_edges(Grid& cues, const Grid& luma) {
  filter_.fit(cues, luma, kEdgeRadius, kEdgeEpsilon, model_);
  for (std::size_t i = 0; i < cues.values.size(); ++i) {
    cues.values[i] = model_.slope.values[i] * luma.values[i] + model_.offset.values[i];
  }
}

void SteadyDepth::restore(Grid values, ValueRange range) {
  values_ = std::move(values);
  range_ = range;
  started_ = true;
}

void SteadyDepth::write(DepthMap& depth) const {
  depth.width_px = values_.width;
  depth.height_px = values_.height;
  depth.values.resize(values_.values.size());
  const float middle = (range_.low + range_.high) / 2;
  const float scale = 1.0F / std::max(range_.high - range_.low, kLeastRange);
  for (std::size_t i = 0; i < values_.values.size(); ++i) {
    depth.values[i] = std::clamp(kMiddle + (values_.values[i] - middle) * scale, 0.0F, 1.0F);
  }
}

}  // namespace streamkit::stereo

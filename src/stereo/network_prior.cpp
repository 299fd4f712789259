#include "stereo/network_prior.hpp"

#include <algorithm>
#include <cmath>

#include "stereo/depth_state.hpp"
#include "stereo/grid_sampling.hpp"
#include "stereo/ramp.hpp"
#include "stereo/raw_depth.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// The share of the earlier range that is kept when the network sees a frame.
constexpr float kKept = 0.8F;
// The same for its depth: most of it where the network says nearly the same again, which is noise,
// and little where it says something else, which is another object.
constexpr float kKeptOfNoise = 0.75F;
constexpr float kKeptOfChange = 0.2F;
constexpr float kNoise = 0.05F;
constexpr float kChange = 0.2F;

float kept_of(float difference) {
  return kKeptOfNoise + ramp(difference, kNoise, kChange) * (kKeptOfChange - kKeptOfNoise);
}

}  // namespace

Result<void> NetworkPrior::update(const VideoFrame& frame, const Grid& luma,
                                  const PictureMotion* motion) {
  if (motion == nullptr || !depth_.same_size(luma)) {
    depth_.resize(luma.width, luma.height);
    std::fill(depth_.values.begin(), depth_.values.end(), kMiddle);
    has_range_ = false;
  } else {
    carry(*motion);
  }
  if (auto seen = look(frame); !seen) return seen;
  quantize(depth_);
  return {};
}

void NetworkPrior::carry(const PictureMotion& motion) {
  const int width = depth_.width;
  const int height = depth_.height;
  seen_.resize(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const GridPlace from =
          place_in(depth_, static_cast<float>(x - motion.shift_x()) - motion.flow_x().row(y)[x],
                   static_cast<float>(y - motion.shift_y()) - motion.flow_y().row(y)[x]);
      seen_.row(y)[x] = between(depth_, from);
    }
  }
  std::swap(depth_.values, seen_.values);
}

Result<void> NetworkPrior::look(const VideoFrame& frame) {
  if (auto done = network_->infer({&frame, 1}, {&raw_, 1}); !done) return done;
  if (auto sized = check_raw_depth(raw_); !sized) return sized;
  seen_.resize(depth_.width, depth_.height);
  if (!fit_raw_depth(raw_, seen_)) return {};
  const ValueRange now = range_of(seen_.values);
  if (has_range_) {
    // A network may scale each frame differently, so the earlier range is expressed in the scale of
    // this frame.
    everywhere_.resize(depth_.width, depth_.height);
    std::fill(everywhere_.values.begin(), everywhere_.values.end(), 1.0F);
    if (const auto fitting = fitting_range(seen_, depth_, everywhere_)) range_ = *fitting;
    range_.low += (1 - kKept) * (now.low - range_.low);
    range_.high += (1 - kKept) * (now.high - range_.high);
  } else {
    range_ = now;
  }
  stretch(seen_, range_);
  for (std::size_t i = 0; i < depth_.values.size(); ++i) {
    const float difference = seen_.values[i] - depth_.values[i];
    const float kept = has_range_ ? kept_of(std::abs(difference)) : 0.0F;
    depth_.values[i] += (1 - kept) * difference;
  }
  has_range_ = true;
  return {};
}

// An empty range represents that no range is known.
NetworkPrior::Numbers NetworkPrior::numbers() const {
  const ValueRange told = has_range_ ? range_ : ValueRange{1.0F, 0.0F};
  return {told.low, told.high};
}

bool NetworkPrior::fits(const Numbers& numbers) {
  return numbers[0] <= numbers[1] || (numbers[0] == 1 && numbers[1] == 0);
}

void NetworkPrior::restore(Grid depth, const Numbers& numbers) {
  depth_ = std::move(depth);
  has_range_ = numbers[0] <= numbers[1];
  range_ = {numbers[0], numbers[1]};
}

}  // namespace streamkit::stereo

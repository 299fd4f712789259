#include "stereo/rest_noise.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "stereo/ramp.hpp"

namespace streamkit::stereo {
namespace {

// Noise is up to so many medians of the difference, and at most so much.
constexpr float kMedians = 2;
constexpr float kMostNoise = 0.015F;
// The share of the places at rest from which on the camera may rest, and certainly does.
constexpr float kMayRest = 0.6F;
constexpr float kRests = 0.85F;
// Only every kStep-th place is read.
constexpr std::size_t kStep = 7;

}  // namespace

float noise_at_rest(const Grid& difference, const Grid& flow_x, const Grid& flow_y) {
  std::vector<float> some;
  std::size_t resting = 0;
  for (std::size_t i = 0; i < difference.values.size(); i += kStep) {
    some.push_back(difference.values[i]);
    if (flow_x.values[i] == 0 && flow_y.values[i] == 0) ++resting;
  }
  const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
  std::nth_element(some.begin(), middle, some.end());
  const float share = static_cast<float>(resting) / static_cast<float>(some.size());
  return ramp(share, kMayRest, kRests) * std::min(kMedians * *middle, kMostNoise);
}

}  // namespace streamkit::stereo

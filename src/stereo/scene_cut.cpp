#include "stereo/scene_cut.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace streamkit::stereo {
namespace {

// A cut changes both the place and the amount of light. A pan changes only the place, and a fade
// changes neither much between two frames.
constexpr float kCutDifference = 0.08F;
constexpr float kCutHistogram = 0.5F;
constexpr std::size_t kBins = 16;

using Histogram = std::array<float, kBins>;

Histogram histogram_of(const Grid& luma) {
  Histogram bins{};
  const float share = 1.0F / static_cast<float>(luma.values.size());
  for (const float value : luma.values) {
    bins[std::min(static_cast<std::size_t>(value * kBins), kBins - 1)] += share;
  }
  return bins;
}

}  // namespace

bool is_cut(const Grid& before, const Grid& now) {
  float difference = 0;
  for (std::size_t i = 0; i < now.values.size(); ++i) {
    difference += std::abs(now.values[i] - before.values[i]);
  }
  if (difference < kCutDifference * static_cast<float>(now.values.size())) return false;
  const Histogram a = histogram_of(before);
  const Histogram b = histogram_of(now);
  float moved = 0;
  for (std::size_t i = 0; i < kBins; ++i) moved += std::abs(a[i] - b[i]);
  return moved > kCutHistogram;
}

}  // namespace streamkit::stereo

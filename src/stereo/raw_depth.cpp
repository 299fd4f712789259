#include "stereo/raw_depth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace streamkit::stereo {
namespace {

// Larger values are treated as damage: sums of them would not be finite.
constexpr float kLargest = 1e30F;
// The least total weight of usable values (about 1 if all are usable) for which a cell has a value.
constexpr float kLeastCover = 0.05F;
// Relative to the larger end of the range: a narrower range may be the rounding of 16-bit numbers.
constexpr float kRounding = 1e-3F;
// The inverse of a smaller value may not be finite.
constexpr float kSmallest = 1e-30F;
// Below these values, two maps show different scenes, or one of them shows nothing.
constexpr double kLeastCorrelation = 0.5;
constexpr double kLeastVariance = 1e-4;

// The source cells that contribute to one cell, and their weights.
struct Taps {
  int first = 0;
  std::vector<float> weights = {};
};

// Returns the weights of a triangle filter that is as wide as a cell of the coarser side.
std::vector<Taps> taps_of(int from, int to) {
  const double step = static_cast<double>(from) / to;
  const double reach = std::max(step, 1.0);
  std::vector<Taps> taps(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double middle = (i + 0.5) * step - 0.5;
    Taps& tap = taps[static_cast<std::size_t>(i)];
    tap.first = std::max(static_cast<int>(std::ceil(middle - reach)), 0);
    const int last = std::min(static_cast<int>(std::floor(middle + reach)), from - 1);
    for (int k = tap.first; k <= last; ++k) {
      tap.weights.push_back(static_cast<float>(1.0 - std::abs(k - middle) / reach));
    }
  }
  return taps;
}

void resize(const Grid& in, Grid& out) {
  const std::vector<Taps> columns = taps_of(in.width, out.width);
  const std::vector<Taps> rows = taps_of(in.height, out.height);
  Grid narrow;
  narrow.resize(out.width, in.height);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const Taps& tap = columns[static_cast<std::size_t>(x)];
      const float* from = in.row(y) + tap.first;
      float sum = 0;
      for (std::size_t k = 0; k < tap.weights.size(); ++k) sum += tap.weights[k] * from[k];
      narrow.row(y)[x] = sum;
    }
  }
  std::fill(out.values.begin(), out.values.end(), 0.0F);
  for (int y = 0; y < out.height; ++y) {
    const Taps& tap = rows[static_cast<std::size_t>(y)];
    float* to = out.row(y);
    for (std::size_t k = 0; k < tap.weights.size(); ++k) {
      const float* from = narrow.row(tap.first + static_cast<int>(k));
      for (int x = 0; x < out.width; ++x) to[x] += tap.weights[k] * from[x];
    }
  }
}

// Sets each cell where `known` is 0 to the mean of the nearest cells where it is 1. Returns false
// if it is 1 nowhere.
bool fill_from_around(Grid& values, const Grid& known) {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < known.values.size(); ++i) {
    if (known.values[i] == 0) missing.push_back(i);
  }
  if (missing.size() == known.values.size()) return false;
  if (missing.empty()) return true;
  Grid masked = values;
  for (const std::size_t i : missing) masked.values[i] = 0;
  // One known cell in a window counts more than the rounding errors of box_blur() without a known
  // cell.
  const float least = 0.5F / static_cast<float>(known.values.size());
  Grid sum;
  Grid count;
  for (int radius = 2; !missing.empty(); radius *= 2) {
    box_blur(masked, radius, sum);
    box_blur(known, radius, count);
    std::erase_if(missing, [&](std::size_t i) {
      if (count.values[i] < least) return false;
      values.values[i] = sum.values[i] / count.values[i];
      return true;
    });
  }
  return true;
}

}  // namespace

Result<void> check_raw_depth(const DepthMap& raw) {
  const auto width = static_cast<std::size_t>(std::max(raw.width_px, 0));
  const auto height = static_cast<std::size_t>(std::max(raw.height_px, 0));
  if (width == 0 || height == 0 || raw.values.size() != width * height) {
    return Error{ErrorCode::Internal,
                 "the number of values in the depth network's map does not match its size"};
  }
  return {};
}

bool fit_raw_depth(const DepthMap& raw, Grid& out) {
  Grid values{raw.width_px, raw.height_px, raw.values};
  Grid weights;
  weights.resize(raw.width_px, raw.height_px);
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    // Written so that NaN is not usable either.
    const bool usable = std::abs(values.values[i]) <= kLargest;
    weights.values[i] = usable ? 1.0F : 0.0F;
    if (!usable) values.values[i] = 0.0F;
  }
  Grid covered;
  covered.resize(out.width, out.height);
  resize(values, out);
  resize(weights, covered);
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    float& cover = covered.values[i];
    if (cover > kLeastCover) out.values[i] /= cover;
    cover = cover > kLeastCover ? 1.0F : 0.0F;
  }
  return fill_from_around(out, covered);
}

std::optional<ValueRange> fitting_range(const Grid& raw, const Grid& depth, const Grid& weights) {
  double total = 0;
  double raw_mean = 0;
  double mean = 0;
  for (std::size_t i = 0; i < raw.values.size(); ++i) {
    const double weight = weights.values[i];
    total += weight;
    raw_mean += weight * raw.values[i];
    mean += weight * depth.values[i];
  }
  if (!(total > 0)) return {};
  raw_mean /= total;
  mean /= total;
  double raw_variance = 0;
  double variance = 0;
  double covariance = 0;
  for (std::size_t i = 0; i < raw.values.size(); ++i) {
    const double weight = weights.values[i] / total;
    const double raw_off = raw.values[i] - raw_mean;
    const double off = depth.values[i] - mean;
    raw_variance += weight * raw_off * raw_off;
    variance += weight * off * off;
    covariance += weight * raw_off * off;
  }
  if (variance < kLeastVariance) return {};
  if (!(covariance > kLeastCorrelation * std::sqrt(raw_variance * variance))) return {};
  // The model is raw = low + (high - low) * depth. The noise is in the new map `raw`, so the
  // regression predicts `raw` from depth.
  const double width = covariance / variance;
  const double low = raw_mean - width * mean;
  return ValueRange{static_cast<float>(low), static_cast<float>(low + width)};
}

void stretch(Grid& depth, const ValueRange& range) {
  const float middle = range.low / 2 + range.high / 2;
  const float rounding = kRounding * std::max(std::abs(range.low), std::abs(range.high));
  const float width = range.high - range.low;
  const float scale = width > std::max(rounding, kSmallest) ? 1.0F / width : 0.0F;
  for (float& value : depth.values) {
    value = std::clamp(0.5F + (value - middle) * scale, 0.0F, 1.0F);
  }
}

}  // namespace streamkit::stereo

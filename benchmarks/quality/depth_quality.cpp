#include "quality/depth_quality.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace streamkit::quality {
namespace {

// Ranks from 0 on; equal values share their mean rank.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double rank = static_cast<double>(i + end - 1) / 2;
    for (; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto size = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / size;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / size;
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return aa * bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace

DepthScore score(const std::vector<float>& guess, const std::vector<float>& truth, float unknown) {
  std::vector<double> a;
  std::vector<double> b;
  for (std::size_t i = 0; i < std::min(guess.size(), truth.size()); ++i) {
    if (!(truth[i] > unknown)) continue;
    a.push_back(guess[i]);
    b.push_back(truth[i]);
  }
  if (a.size() < 2) return {};
  const double linear = correlation(a, b);
  return {correlation(ranks_of(a), ranks_of(b)), std::sqrt(std::max(1 - linear * linear, 0.0))};
}

double side_by_side_order(const DepthMap& guess, const DepthMap& truth) {
  constexpr int kTries = 100'000;
  constexpr int kMostPairs = 20'000;
  std::mt19937 dice(7);
  const auto below = [&dice](int limit) {
    return static_cast<int>(dice() % static_cast<unsigned>(std::max(limit, 1)));
  };
  const int nearest = std::max(1, truth.width_px * 2 / 100);
  const int farthest = std::max(nearest, truth.width_px * 15 / 100);
  int pairs = 0;
  double right = 0;
  for (int i = 0; i < kTries && pairs < kMostPairs; ++i) {
    const int aside = nearest + below(farthest - nearest + 1);
    const int x = below(truth.width_px - aside);
    const int y = below(truth.height_px);
    const int down = below(aside + 1) - aside / 2;
    if (y + down < 0 || y + down >= truth.height_px) continue;
    const auto one = static_cast<std::size_t>(y * truth.width_px + x);
    const auto other = static_cast<std::size_t>((y + down) * truth.width_px + x + aside);
    const float near = std::max(truth.values[one], truth.values[other]);
    const float far = std::min(truth.values[one], truth.values[other]);
    if (!(far > 0) || near <= 1.15F * far) continue;
    ++pairs;
    const float seen = guess.values[one] - guess.values[other];
    const bool nearer = truth.values[one] > truth.values[other];
    right += seen == 0 ? 0.5 : nearer == (seen > 0) ? 1 : 0;
  }
  return pairs == 0 ? 0 : right / pairs;
}

DepthMap row_depth(int width_px, int height_px) {
  DepthMap depth{width_px, height_px, {}};
  for (int y = 0; y < height_px; ++y) {
    depth.values.insert(depth.values.end(), static_cast<std::size_t>(width_px),
                        (static_cast<float>(y) + 0.5F) / static_cast<float>(height_px));
  }
  return depth;
}

double spread(std::vector<float> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t cut = values.size() / 50;
  return double{values[values.size() - 1 - cut]} - values[cut];
}

double change(const DepthMap& before, const DepthMap& after, const std::vector<bool>& still) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < still.size(); ++i) {
    if (!still[i]) continue;
    sum += std::abs(double{after.values[i]} - before.values[i]);
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace streamkit::quality

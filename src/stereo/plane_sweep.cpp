#include "stereo/plane_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stereo/grid_sampling.hpp"
#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kSteps = PlaneSweep::kSteps;
// Costs are differences of luma times this, up to the most: what is hidden must not count more.
constexpr float kLevels = 1024;
constexpr float kMostDifference = 60;
// Of neighbours whose parallax differs by one step, and by more. The second is the smaller, the
// more they differ in luma.
constexpr int kOneStep = 20;
constexpr int kManySteps = 160;
constexpr int kLeastMany = 40;
constexpr float kEdge = 0.04F;
// How many steps beside the best one are looked at, and how much more they cost where a place shows
// its parallax half clearly.
constexpr int kAside = 5;
constexpr float kClear = 60;

using Costs = std::array<std::int16_t, kSteps>;

// Source: Hirschmueller 2008, equation 13. `path` becomes that of this place.
STREAMKIT_SIMD_CLONES void step_along(const std::int16_t* __restrict cost, std::int16_t many,
                                      std::int16_t* __restrict path,
                                      std::int16_t* __restrict sums) {
  std::int16_t least = path[0];
  for (int k = 1; k < kSteps; ++k) least = std::min(least, path[k]);
  std::int16_t padded[kSteps + 2];
  padded[0] = padded[kSteps + 1] = 16'000;
  for (int k = 0; k < kSteps; ++k) padded[k + 1] = static_cast<std::int16_t>(path[k] - least);
  for (int k = 0; k < kSteps; ++k) {
    const auto beside =
        static_cast<std::int16_t>(std::min(padded[k], padded[k + 2]) + std::int16_t{kOneStep});
    const std::int16_t best = std::min(std::min(padded[k + 1], beside), many);
    path[k] = static_cast<std::int16_t>(cost[k] + best);
    sums[k] = static_cast<std::int16_t>(sums[k] + path[k]);
  }
}

}  // namespace

void PlaneSweep::find(const Grid& before, const Grid& now, const CameraTranslation& camera,
                      double typical, double low, double high) {
  width_ = now.width;
  height_ = now.height;
  const auto size = now.values.size();
  costs_.resize(size);
  gathered_.resize(size);
  sums_.assign(size, Costs{});
  parallax_.resize(width_, height_);
  clearness_.resize(width_, height_);
  const double step = (high - low) / (kSteps - 1);
  compare(before, now, camera, typical, low, step);
  gather();
  for (int y = 0; y < height_; ++y) {
    pass_along(y * width_, width_, 1, now);
    pass_along(y * width_ + width_ - 1, width_, -1, now);
  }
  for (int x = 0; x < width_; ++x) {
    pass_along(x, height_, width_, now);
    pass_along((height_ - 1) * width_ + x, height_, -width_, now);
  }
  choose(low, step);
}

void PlaneSweep::compare(const Grid& before, const Grid& now, const CameraTranslation& camera,
                         double typical, double low, double step) {
  const double half = width_ / 2.0;
  std::size_t cell = 0;
  for (int row = 0; row < height_; ++row) {
    const double y = (row + 0.5 - height_ / 2.0) / half;
    for (int column = 0; column < width_; ++column, ++cell) {
      const double x = (column + 0.5) / half - 1;
      const auto [turned_x, turned_y] = camera.turned(x, y);
      const auto [along_x, along_y] = camera.towards(x, y);
      const auto first_x = static_cast<float>(column - turned_x - low * along_x / typical);
      const auto first_y = static_cast<float>(row - turned_y - low * along_y / typical);
      const auto step_x = static_cast<float>(-step * along_x / typical);
      const auto step_y = static_cast<float>(-step * along_y / typical);
      const float here = now.values[cell];
      for (int k = 0; k < kSteps; ++k) {
        const float then =
            between(before, place_in(before, first_x + static_cast<float>(k) * step_x,
                                     first_y + static_cast<float>(k) * step_y));
        const float difference = std::min(std::abs(here - then) * kLevels, kMostDifference);
        costs_[cell][static_cast<std::size_t>(k)] = static_cast<std::int16_t>(difference);
      }
    }
  }
}

// Sums over squares of three cells.
void PlaneSweep::gather() {
  for (int y = 0; y < height_; ++y) {
    const int above = std::max(y - 1, 0) * width_;
    const int here = y * width_;
    const int below = std::min(y + 1, height_ - 1) * width_;
    for (int x = 0; x < width_; ++x) {
      const int columns[3] = {std::max(x - 1, 0), x, std::min(x + 1, width_ - 1)};
      Costs sum{};
      for (const int row : {above, here, below}) {
        for (const int column : columns) {
          const Costs& cost = costs_[static_cast<std::size_t>(row + column)];
          for (std::size_t k = 0; k < kSteps; ++k) {
            sum[k] = static_cast<std::int16_t>(sum[k] + cost[k]);
          }
        }
      }
      gathered_[static_cast<std::size_t>(here + x)] = sum;
    }
  }
}

void PlaneSweep::pass_along(int first, int count, int stride, const Grid& now) {
  Costs path{};
  float before = now.values[static_cast<std::size_t>(first)];
  for (int i = 0; i < count; ++i) {
    const auto cell = static_cast<std::size_t>(first + i * stride);
    const float here = now.values[cell];
    const float edge = std::abs(here - before) / kEdge;
    const auto many = static_cast<std::int16_t>(
        std::max(static_cast<float>(kManySteps) / (1 + edge), static_cast<float>(kLeastMany)));
    step_along(gathered_[cell].data(), many, path.data(), sums_[cell].data());
    before = here;
  }
}

void PlaneSweep::choose(double low, double step) {
  for (std::size_t cell = 0; cell < sums_.size(); ++cell) {
    const Costs& sums = sums_[cell];
    const auto best = static_cast<int>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    double at = best;
    if (best > 0 && best < kSteps - 1) {
      const double left = sums[static_cast<std::size_t>(best - 1)];
      const double here = sums[static_cast<std::size_t>(best)];
      const double right = sums[static_cast<std::size_t>(best + 1)];
      const double bend = std::max(left, right) - here;
      if (bend > 0) at += 0.5 * (left - right) / bend;
    }
    parallax_.values[cell] = static_cast<float>(low + at * step);
    const Costs& own = gathered_[cell];
    const int left = own[static_cast<std::size_t>(std::max(best - kAside, 0))];
    const int right = own[static_cast<std::size_t>(std::min(best + kAside, kSteps - 1))];
    const int rise = left + right - 2 * own[static_cast<std::size_t>(best)];
    const float clear = static_cast<float>(std::max(rise, 0));
    clearness_.values[cell] = clear / (clear + kClear);
  }
}

}  // namespace streamkit::stereo

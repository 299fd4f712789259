#include "stereo/motion_carrier.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

#include "stereo/grid_sampling.hpp"

namespace streamkit::stereo {
namespace {

// The distance, in cells, of the neighbours whose motion a place may adopt. It is about the radius
// of the window in which motion is found, because that window mixes both sides of an edge.
constexpr int kNeighbour = 3;
constexpr int kCompareRadius = 1;
// The cost, in luma, of each cell by which a motion differs from the motion around it: where
// texture is weak or blurred, a chance similarity is not evidence of motion.
constexpr float kOddCost = 0.003F;
constexpr int kUsualRadius = 5;
// The mean difference of luma at which the trust in a place is one half.
constexpr float kDoubt = 0.04F;

}  // namespace

void MotionCarrier::follow(const Grid& before, const Grid& now) {
  motion_.find(before, now);
  for (Grid* grid : {&from_x_, &from_y_, &least_, &difference_, &trust_}) {
    grid->resize(now.width, now.height);
  }
  box_blur(motion_.flow_x(), kUsualRadius, usual_x_);
  box_blur(motion_.flow_y(), kUsualRadius, usual_y_);
  std::fill(least_.values.begin(), least_.values.end(), std::numeric_limits<float>::max());
  consider(before, now, 0, 0);
  consider(before, now, -kNeighbour, 0);
  consider(before, now, kNeighbour, 0);
  consider(before, now, 0, -kNeighbour);
  consider(before, now, 0, kNeighbour);
  for (std::size_t i = 0; i < least_.values.size(); ++i) {
    const float doubt = least_.values[i] / kDoubt;
    trust_.values[i] = 1.0F / (1.0F + doubt * doubt);
  }
}

// Adopts the motion found at an offset wherever it explains the frame better than the motion so
// far.
void MotionCarrier::consider(const Grid& before, const Grid& now, int offset_x, int offset_y) {
  const int width = now.width;
  const int height = now.height;
  const auto was_at = [&](int x, int y) {
    const int row = std::clamp(y + offset_y, 0, height - 1);
    const int column = std::clamp(x + offset_x, 0, width - 1);
    return std::pair(static_cast<float>(x - motion_.shift_x()) - motion_.flow_x().row(row)[column],
                     static_cast<float>(y - motion_.shift_y()) - motion_.flow_y().row(row)[column]);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto [from_x, from_y] = was_at(x, y);
      const float then = between(before, place_in(before, from_x, from_y));
      const float odd_x = static_cast<float>(x - motion_.shift_x()) - from_x - usual_x_.row(y)[x];
      const float odd_y = static_cast<float>(y - motion_.shift_y()) - from_y - usual_y_.row(y)[x];
      difference_.row(y)[x] =
          std::abs(now.row(y)[x] - then) + kOddCost * (std::abs(odd_x) + std::abs(odd_y));
    }
  }
  box_blur(difference_, kCompareRadius, around_);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float& least = least_.row(y)[x];
      if (around_.row(y)[x] >= least) continue;
      least = around_.row(y)[x];
      std::tie(from_x_.row(y)[x], from_y_.row(y)[x]) = was_at(x, y);
    }
  }
}

void MotionCarrier::carry(Grid& values) {
  scratch_.resize(values.width, values.height);
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    scratch_.values[i] =
        sharply_between(values, place_in(values, from_x_.values[i], from_y_.values[i]));
  }
  std::swap(values.values, scratch_.values);
}

}  // namespace streamkit::stereo

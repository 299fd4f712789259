#include "stereo/motion_carrier.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stereo/raw_depth.hpp"

namespace streamkit::stereo {
namespace {

// How far away the neighbours are whose motion a place may share, in cells: beyond the window in
// which motion is found, which mixes both sides of an edge.
constexpr int kNeighbour = 4;
constexpr int kCompareRadius = 1;
// Mean difference of luma that motion must do better than rest, so that noise moves nothing.
constexpr float kRestBonus = 0.004F;
// Mean difference of luma at which a place is trusted by half, and the trust below which its value
// is not carried.
constexpr float kDoubt = 0.04F;
constexpr float kLeastTrust = 0.25F;

// The value at a place between the cells, the border's beyond it.
float sample(const Grid& grid, float x, float y) {
  const float from_x = std::clamp(x, 0.0F, static_cast<float>(grid.width - 1));
  const float from_y = std::clamp(y, 0.0F, static_cast<float>(grid.height - 1));
  const int left = static_cast<int>(from_x);
  const int top = static_cast<int>(from_y);
  const int right = std::min(left + 1, grid.width - 1);
  const float across = from_x - static_cast<float>(left);
  const float down = from_y - static_cast<float>(top);
  const float* above = grid.row(top);
  const float* below = grid.row(std::min(top + 1, grid.height - 1));
  const float upper = above[left] + across * (above[right] - above[left]);
  const float lower = below[left] + across * (below[right] - below[left]);
  return upper + down * (lower - upper);
}

}  // namespace

void MotionCarrier::follow(const Grid& before, const Grid& now) {
  motion_.find(before, now);
  for (Grid* grid : {&move_x_, &move_y_, &mismatch_, &least_, &trust_, &known_}) {
    grid->resize(now.width, now.height);
  }
  std::fill(least_.values.begin(), least_.values.end(), 10.0F);
  consider(before, now, 0, 0, true);
  consider(before, now, 0, 0, false);
  consider(before, now, -kNeighbour, 0, false);
  consider(before, now, kNeighbour, 0, false);
  consider(before, now, 0, -kNeighbour, false);
  consider(before, now, 0, kNeighbour, false);
  for (std::size_t i = 0; i < least_.values.size(); ++i) {
    const float doubt = least_.values[i] / kDoubt;
    trust_.values[i] = 1.0F / (1.0F + doubt * doubt);
    known_.values[i] = trust_.values[i] < kLeastTrust ? 0.0F : 1.0F;
  }
}

// Takes the motion found at an offset, or rest, where it explains the picture better.
void MotionCarrier::consider(const Grid& before, const Grid& now, int offset_x, int offset_y,
                             bool rest) {
  const int width = now.width;
  const int height = now.height;
  const auto move_at = [&](int x, int y, const Grid& flow, int shift) {
    if (rest) return 0.0F;
    const int from_x = std::clamp(x + offset_x, 0, width - 1);
    const int from_y = std::clamp(y + offset_y, 0, height - 1);
    return static_cast<float>(shift) + flow.row(from_y)[from_x];
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float dx = move_at(x, y, motion_.flow_x(), motion_.shift_x());
      const float dy = move_at(x, y, motion_.flow_y(), motion_.shift_y());
      const float then = sample(before, static_cast<float>(x) - dx, static_cast<float>(y) - dy);
      mismatch_.row(y)[x] = std::abs(now.row(y)[x] - then);
    }
  }
  box_blur(mismatch_, kCompareRadius, candidate_);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float cost = candidate_.row(y)[x] - (rest ? kRestBonus : 0.0F);
      if (cost >= least_.row(y)[x]) continue;
      least_.row(y)[x] = cost;
      move_x_.row(y)[x] = move_at(x, y, motion_.flow_x(), motion_.shift_x());
      move_y_.row(y)[x] = move_at(x, y, motion_.flow_y(), motion_.shift_y());
    }
  }
}

void MotionCarrier::carry(Grid& values) {
  scratch_.resize(values.width, values.height);
  for (int y = 0; y < values.height; ++y) {
    for (int x = 0; x < values.width; ++x) {
      scratch_.row(y)[x] = sample(values, static_cast<float>(x) - move_x_.row(y)[x],
                                  static_cast<float>(y) - move_y_.row(y)[x]);
    }
  }
  if (fill_from_around(scratch_, known_)) std::swap(values.values, scratch_.values);
}

}  // namespace streamkit::stereo

#include "stereo/picture_motion.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

namespace streamkit::stereo {
namespace {

constexpr int kSearchX = 8;
constexpr int kSearchY = 4;
constexpr int kSearchRowStep = 3;
// Cells of a block, of the window around it that is compared, and how far a block may move beside
// the whole picture.
constexpr int kBlock = 4;
constexpr int kWindow = 8;
constexpr int kBlockReachX = 10;
constexpr int kBlockReachY = 2;
// Of 1023 levels, for each cell of shift: more must speak for it than noise.
constexpr std::int32_t kShiftCost = 48;
constexpr double kClearlyBetter = 0.55;
constexpr int kFlowRadius = 3;
// Variance of a gradient that noise alone makes (luma 0 to 1).
constexpr float kNoise = 5e-5F;

std::vector<std::int16_t> levels_of(const Grid& grid) {
  std::vector<std::int16_t> levels;
  levels.reserve(grid.values.size());
  for (const float value : grid.values)
    levels.push_back(static_cast<std::int16_t>(value * 1023.0F));
  return levels;
}

int clamped(int i, int size) { return std::clamp(i, 0, size - 1); }

// Weights 1, 2, 1 across and down: small cells hold more detail than their motion can be told from.
void soften(const Grid& in, Grid& out) {
  const int width = in.width;
  const int height = in.height;
  out.resize(width, height);
  std::vector<float> across(static_cast<std::size_t>(width));
  for (int y = 0; y < height; ++y) {
    const float* above = in.row(clamped(y - 1, height));
    const float* here = in.row(y);
    const float* below = in.row(clamped(y + 1, height));
    for (int x = 0; x < width; ++x) {
      across[static_cast<std::size_t>(x)] = 0.25F * (above[x] + 2 * here[x] + below[x]);
    }
    float* to = out.row(y);
    for (int x = 0; x < width; ++x) {
      const auto at = [&](int column) {
        return across[static_cast<std::size_t>(clamped(column, width))];
      };
      to[x] = 0.25F * (at(x - 1) + 2 * at(x) + at(x + 1));
    }
  }
}

}  // namespace

void PictureMotion::find(const Grid& before, const Grid& now) {
  soften(before, before_);
  soften(now, now_);
  levels_before_ = levels_of(before_);
  levels_now_ = levels_of(now_);
  for (Grid* grid : {&flow_x_, &flow_y_, &confidence_}) grid->resize(now.width, now.height);
  find_shift(now.width, now.height);
  find_block_shifts(now.width, now.height);
  find_flow(before_, now_);
}

void PictureMotion::find_shift(int width, int height) {
  const int reach_x = std::min(kSearchX, width / 8);
  const int reach_y = std::min(kSearchY, height / 8);
  const int inner_width = width - 2 * reach_x;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int dy = -reach_y; dy <= reach_y; ++dy) {
    for (int dx = -reach_x; dx <= reach_x; ++dx) {
      // Rest is preferred where nothing speaks for motion.
      std::int64_t cost = (std::abs(dx) + std::abs(dy)) * std::int64_t{inner_width} / 8;
      for (int y = reach_y; y < height - reach_y; y += kSearchRowStep) {
        const std::int16_t* a = levels_now_.data() + y * width + reach_x;
        const std::int16_t* b = levels_before_.data() + (y - dy) * width + reach_x - dx;
        std::int32_t sum = 0;
        for (int x = 0; x < inner_width; ++x) sum += std::abs(a[x] - b[x]);
        cost += sum;
      }
      if (cost < least) {
        least = cost;
        shift_x_ = dx;
        shift_y_ = dy;
      }
    }
  }
}

// Blocks around which the picture ends keep the whole picture's shift.
void PictureMotion::find_block_shifts(int width, int height) {
  blocks_across_ = (width + kBlock - 1) / kBlock;
  const int blocks_down = (height + kBlock - 1) / kBlock;
  const auto count =
      static_cast<std::size_t>(blocks_across_) * static_cast<std::size_t>(blocks_down);
  block_x_.assign(count, static_cast<std::int16_t>(shift_x_));
  block_y_.assign(count, static_cast<std::int16_t>(shift_y_));
  // Exact only below `bound`.
  const auto cost_of = [&](int left, int top, int dx, int dy, std::int32_t bound) {
    std::int32_t sum = kShiftCost * (std::abs(dx - shift_x_) + std::abs(dy - shift_y_));
    for (int y = top; y < top + kWindow && sum < bound; ++y) {
      const std::int16_t* a = levels_now_.data() + y * width + left;
      const std::int16_t* b = levels_before_.data() + (y - dy) * width + left - dx;
      for (int x = 0; x < kWindow; ++x) sum += std::abs(a[x] - b[x]);
    }
    return sum;
  };
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  std::size_t at = 0;
  for (int row = 0; row < blocks_down; ++row) {
    for (int column = 0; column < blocks_across_; ++column, ++at) {
      const int left = column * kBlock + (kBlock - kWindow) / 2;
      const int top = row * kBlock + (kBlock - kWindow) / 2;
      if (left < 0 || top < 0 || left + kWindow > width || top + kWindow > height) continue;
      std::int32_t least = kMost;
      // Another shift than the picture's must explain the block clearly better.
      const bool inside = left - shift_x_ >= 0 && left - shift_x_ + kWindow <= width &&
                          top - shift_y_ >= 0 && top - shift_y_ + kWindow <= height;
      if (inside) {
        least = static_cast<std::int32_t>(kClearlyBetter *
                                          cost_of(left, top, shift_x_, shift_y_, kMost));
      }
      for (int dy = shift_y_ - kBlockReachY; dy <= shift_y_ + kBlockReachY; ++dy) {
        if (top - dy < 0 || top - dy + kWindow > height) continue;
        for (int dx = shift_x_ - kBlockReachX; dx <= shift_x_ + kBlockReachX; ++dx) {
          if (left - dx < 0 || left - dx + kWindow > width) continue;
          const std::int32_t cost = cost_of(left, top, dx, dy, least);
          if (cost >= least) continue;
          least = cost;
          block_x_[at] = static_cast<std::int16_t>(dx);
          block_y_[at] = static_cast<std::int16_t>(dy);
        }
      }
    }
  }
}

void PictureMotion::find_flow(const Grid& before_luma, const Grid& luma) {
  const int width = luma.width;
  const int height = luma.height;
  for (Grid& product : products_) product.resize(width, height);
  for (int y = 0; y < height; ++y) {
    const float* above = luma.row(clamped(y - 1, height));
    const float* here = luma.row(y);
    const float* below = luma.row(clamped(y + 1, height));
    const std::ptrdiff_t block_row = std::ptrdiff_t{y / kBlock} * blocks_across_;
    for (int x = 0; x < width; ++x) {
      const float gx = 0.5F * (here[clamped(x + 1, width)] - here[clamped(x - 1, width)]);
      const float gy = 0.5F * (below[x] - above[x]);
      const auto block = static_cast<std::size_t>(block_row + x / kBlock);
      const float* before = before_luma.row(clamped(y - block_y_[block], height));
      const float gt = here[x] - before[clamped(x - block_x_[block], width)];
      const std::array<float, 5> values = {gx * gx, gx * gy, gy * gy, gx * gt, gy * gt};
      for (std::size_t i = 0; i < values.size(); ++i) products_[i].row(y)[x] = values[i];
    }
  }
  for (Grid& product : products_) box_blur(product, kFlowRadius, product);

  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float xx = products_[0].values[i] + kNoise;
    const float xy = products_[1].values[i];
    const float yy = products_[2].values[i] + kNoise;
    const float xt = products_[3].values[i];
    const float yt = products_[4].values[i];
    const float determinant = xx * yy - xy * xy;
    const auto y = i / static_cast<std::size_t>(width);
    const auto x = i % static_cast<std::size_t>(width);
    const std::size_t block = y / kBlock * static_cast<std::size_t>(blocks_across_) + x / kBlock;
    const auto base_x = static_cast<float>(block_x_[block] - shift_x_);
    const auto base_y = static_cast<float>(block_y_[block] - shift_y_);
    flow_x_.values[i] = base_x + std::clamp((xy * yt - yy * xt) / determinant, -1.0F, 1.0F);
    flow_y_.values[i] = base_y + std::clamp((xy * xt - xx * yt) / determinant, -1.0F, 1.0F);
    // Close to the smaller eigenvalue: small on flat parts and along straight edges.
    const float least = determinant / (xx + yy) - 0.5F * kNoise;
    confidence_.values[i] = least / (least + 2 * kNoise);
  }
}

}  // namespace streamkit::stereo

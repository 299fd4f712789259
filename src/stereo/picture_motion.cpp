#include "stereo/picture_motion.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

#include "stereo/grid_sampling.hpp"
#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kSearchX = 8;
constexpr int kSearchY = 4;
constexpr int kSearchRowStep = 3;
// The size in cells of a block, the size of the window around it that is compared, and the largest
// motion of a block relative to that of the whole frame.
constexpr int kBlock = 4;
constexpr int kWindow = 2 * kBlock;
constexpr int kMargin = (kWindow - kBlock) / 2;
constexpr int kBlockReachX = 10;
constexpr int kBlockReachY = 2;
// The cost of each cell of shift, in units of 1/1023: a shift must reduce the difference by more
// than noise does.
constexpr std::int32_t kShiftCost = 48;
constexpr int kFlowRadius = 3;
constexpr int kFineRadius = 2;
// The variance of a gradient that noise alone causes (luma from 0 to 1).
constexpr float kNoise = 5e-5F;
constexpr float kLeastNoise = 1e-6F;
// What is known around counts a little too: it decides where there is hardly any texture.
constexpr int kWideRadius[] = {12, 4};
constexpr float kWideShare = 0.3F;

std::vector<std::int16_t> levels_of(const Grid& grid) {
  std::vector<std::int16_t> levels;
  levels.reserve(grid.values.size());
  for (const float value : grid.values)
    levels.push_back(static_cast<std::int16_t>(value * 1023.0F));
  return levels;
}

// Returns the sum of absolute differences.
STREAMKIT_SIMD_CLONES std::int32_t difference(const std::int16_t* __restrict a,
                                              const std::int16_t* __restrict b, int count) {
  std::int32_t sum = 0;
  for (int x = 0; x < count; ++x) {
    const auto step = static_cast<std::int16_t>(a[x] - b[x]);
    sum += std::max<std::int16_t>(step, static_cast<std::int16_t>(-step));
  }
  return sum;
}

// Computes the sums of absolute differences over `count` squares of kBlock cells, side by side.
// `columns` is scratch memory.
STREAMKIT_SIMD_CLONES void sum_squares(const std::int16_t* __restrict a,
                                       const std::int16_t* __restrict b, int stride, int count,
                                       std::int16_t* __restrict columns,
                                       std::int32_t* __restrict squares) {
  for (int x = 0; x < count * kBlock; ++x) {
    std::int16_t sum = 0;
    for (int y = 0; y < kBlock; ++y) {
      const auto step = static_cast<std::int16_t>(a[y * stride + x] - b[y * stride + x]);
      sum = static_cast<std::int16_t>(
          sum + std::max<std::int16_t>(step, static_cast<std::int16_t>(-step)));
    }
    columns[x] = sum;
  }
  static_assert(kBlock == 4);
  for (int i = 0; i < count; ++i) {
    squares[i] = columns[4 * i] + columns[4 * i + 1] + columns[4 * i + 2] + columns[4 * i + 3];
  }
}

// The least cost so far of each block, and the shift that has it.
struct LeastCosts {
  std::int32_t* __restrict cost;
  std::int16_t* __restrict dx;
  std::int16_t* __restrict dy;
};

STREAMKIT_SIMD_CLONES void keep_least(const std::int32_t* __restrict above,
                                      const std::int32_t* __restrict below, int count,
                                      std::int32_t added, int dx, int dy, LeastCosts least) {
  std::int32_t* __restrict cost_to = least.cost;
  std::int16_t* __restrict dx_to = least.dx;
  std::int16_t* __restrict dy_to = least.dy;
  for (int i = 0; i < count; ++i) {
    const std::int32_t cost = added + above[i] + above[i + 1] + below[i] + below[i + 1];
    const bool better = cost < cost_to[i];
    cost_to[i] = better ? cost : cost_to[i];
    dx_to[i] = better ? static_cast<std::int16_t>(dx) : dx_to[i];
    dy_to[i] = better ? static_cast<std::int16_t>(dy) : dy_to[i];
  }
}

int clamped(int i, int size) { return std::clamp(i, 0, size - 1); }

// Blurs with the weights 1, 2, 1 across and down: the cells hold more detail than motion can be
// measured from.
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

void PictureMotion::find(const Grid& before, const Grid& now, int guess_x, int guess_y) {
  soften(before, before_);
  soften(now, now_);
  levels_before_ = levels_of(before_);
  levels_now_ = levels_of(now_);
  for (Grid* grid : {&flow_x_, &flow_y_, &confidence_}) grid->resize(now.width, now.height);
  find_shift(now.width, now.height, guess_x, guess_y);
  find_block_shifts(now.width, now.height);
  find_flow(before_, now_);
}

void PictureMotion::refine() { refine_flow(before_, now_); }

void PictureMotion::find_shift(int width, int height, int guess_x, int guess_y) {
  const int reach_x = std::min(kSearchX, width / 8);
  const int reach_y = std::min(kSearchY, height / 8);
  guess_x = std::clamp(guess_x, -width / 4, width / 4);
  guess_y = std::clamp(guess_y, -height / 4, height / 4);
  const int margin_x = reach_x + std::abs(guess_x);
  const int margin_y = reach_y + std::abs(guess_y);
  const int inner_width = width - 2 * margin_x;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int dy = guess_y - reach_y; dy <= guess_y + reach_y; ++dy) {
    for (int dx = guess_x - reach_x; dx <= guess_x + reach_x; ++dx) {
      // Without evidence of motion, no motion is preferred.
      std::int64_t cost = (std::abs(dx) + std::abs(dy)) * std::int64_t{inner_width} / 8;
      for (int y = margin_y; y < height - margin_y; y += kSearchRowStep) {
        const std::int16_t* a = levels_now_.data() + y * width + margin_x;
        const std::int16_t* b = levels_before_.data() + (y - dy) * width + margin_x - dx;
        cost += difference(a, b, inner_width);
      }
      if (cost < least) {
        least = cost;
        shift_x_ = dx;
        shift_y_ = dy;
      }
    }
  }
}

// Windows overlap by half, so their differences are sums of squares of kBlock cells that neighbours
// share. Blocks whose windows would leave the frame keep the shift of the whole frame.
void PictureMotion::find_block_shifts(int width, int height) {
  blocks_across_ = (width + kBlock - 1) / kBlock;
  const int blocks_down = (height + kBlock - 1) / kBlock;
  const auto count =
      static_cast<std::size_t>(blocks_across_) * static_cast<std::size_t>(blocks_down);
  block_x_.assign(count, static_cast<std::int16_t>(shift_x_));
  block_y_.assign(count, static_cast<std::int16_t>(shift_y_));
  least_.assign(count, std::numeric_limits<std::int32_t>::max());
  columns_.resize(static_cast<std::size_t>(width));
  for (auto& row : squares_) row.resize(static_cast<std::size_t>(blocks_across_) + 1);
  try_block_shift(width, height, shift_x_, shift_y_);
  for (std::int32_t& least : least_) {
    if (least == std::numeric_limits<std::int32_t>::max()) continue;
    least = static_cast<std::int32_t>(block_share_ * least);
  }
  for (int dy = shift_y_ - kBlockReachY; dy <= shift_y_ + kBlockReachY; ++dy) {
    for (int dx = shift_x_ - kBlockReachX; dx <= shift_x_ + kBlockReachX; ++dx) {
      try_block_shift(width, height, dx, dy);
    }
  }
}

void PictureMotion::try_block_shift(int width, int height, int dx, int dy) {
  // The columns of blocks whose windows are inside both frames.
  const int first = std::max(1, (std::max(dx, 0) + kMargin + kBlock - 1) / kBlock);
  const int end = (std::min(width, width + dx) - kWindow + kMargin) / kBlock + 1;
  if (first >= end) return;
  const std::int32_t cost = kShiftCost * (std::abs(dx - shift_x_) + std::abs(dy - shift_y_));
  const int left = first * kBlock - kMargin;
  int ready = 0;  // the number of rows of squares computed so far, one above the other
  for (int row = 1; row * kBlock - kMargin + kBlock <= std::min(height, height + dy); ++row) {
    const int top = row * kBlock - kMargin;
    if (top - dy < 0) continue;
    std::swap(squares_[0], squares_[1]);
    sum_squares(levels_now_.data() + top * width + left,
                levels_before_.data() + (top - dy) * width + left - dx, width, end + 1 - first,
                columns_.data(), squares_[1].data());
    if (++ready < 2) continue;
    const int at = (row - 1) * blocks_across_ + first;
    keep_least(squares_[0].data(), squares_[1].data(), end - first, cost, dx, dy,
               {least_.data() + at, block_x_.data() + at, block_y_.data() + at});
  }
}

// Computes the products of the gradients, in space and from the frame before.
void PictureMotion::find_gradients(const Grid& before_luma, const Grid& luma) {
  const int width = luma.width;
  const int height = luma.height;
  for (Grid& product : products_) product.resize(width, height);
  gradient_x_.resize(width, height);
  gradient_y_.resize(width, height);
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
      gradient_x_.row(y)[x] = gx;
      gradient_y_.row(y)[x] = gy;
      const std::array<float, 5> values = {gx * gx, gx * gy, gy * gy, gx * gt, gy * gt};
      for (std::size_t i = 0; i < values.size(); ++i) products_[i].row(y)[x] = values[i];
    }
  }
}

void PictureMotion::find_flow(const Grid& before_luma, const Grid& luma) {
  find_gradients(before_luma, luma);
  for (Grid& product : products_) box_blur(product, kFlowRadius, product);
  const auto width = static_cast<std::size_t>(luma.width);
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float xx = products_[0].values[i] + kNoise;
    const float xy = products_[1].values[i];
    const float yy = products_[2].values[i] + kNoise;
    const float xt = products_[3].values[i];
    const float yt = products_[4].values[i];
    const float determinant = xx * yy - xy * xy;
    const std::size_t y = i / width;
    const std::size_t x = i % width;
    const std::size_t block = y / kBlock * static_cast<std::size_t>(blocks_across_) + x / kBlock;
    const auto base_x = static_cast<float>(block_x_[block] - shift_x_);
    const auto base_y = static_cast<float>(block_y_[block] - shift_y_);
    flow_x_.values[i] = base_x + std::clamp((xy * yt - yy * xt) / determinant, -1.0F, 1.0F);
    flow_y_.values[i] = base_y + std::clamp((xy * xt - xx * yt) / determinant, -1.0F, 1.0F);
    // This is close to the smaller eigenvalue: small on flat parts and along straight edges.
    const float least = determinant / (xx + yy) - 0.5F * kNoise;
    confidence_.values[i] = least / (least + 2 * kNoise);
  }
}

// Computes the products again, from the frame before moved along the flow so far.
void PictureMotion::find_rest(const Grid& before_luma, const Grid& luma) {
  const int width = luma.width;
  const int height = luma.height;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float flow_x = flow_x_.row(y)[x];
      const float flow_y = flow_y_.row(y)[x];
      const float before =
          between(before_luma, place_in(before_luma, static_cast<float>(x - shift_x_) - flow_x,
                                        static_cast<float>(y - shift_y_) - flow_y));
      const float gx = gradient_x_.row(y)[x];
      const float gy = gradient_y_.row(y)[x];
      const float off = luma.row(y)[x] - before - gx * flow_x - gy * flow_y;
      const std::array<float, 5> values = {gx * gx, gx * gy, gy * gy, gx * off, gy * off};
      for (std::size_t i = 0; i < values.size(); ++i) products_[i].row(y)[x] = values[i];
    }
  }
}

// Once more from what was found, between the cells: gradients alone misjudge larger motions.
void PictureMotion::refine_flow(const Grid& before_luma, const Grid& luma) {
  find_rest(before_luma, luma);
  for (std::size_t i = 0; i < 5; ++i) {
    box_blur(products_[i], kFineRadius, products_[i]);
    wide_[i] = products_[i];
  }
  for (const int radius : kWideRadius) {
    for (std::size_t i = 0; i < 5; ++i) {
      box_blur(wide_[i], radius, wide_[i]);
      for (std::size_t j = 0; j < wide_[i].values.size(); ++j) {
        wide_[i].values[j] = products_[i].values[j] + kWideShare * wide_[i].values[j];
      }
    }
  }
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float flow_x = flow_x_.values[i];
    const float flow_y = flow_y_.values[i];
    const float xy = wide_[1].values[i];
    const float xt = wide_[3].values[i] + wide_[0].values[i] * flow_x + xy * flow_y;
    const float yt = wide_[4].values[i] + xy * flow_x + wide_[2].values[i] * flow_y;
    const float xx = wide_[0].values[i] + kLeastNoise;
    const float yy = wide_[2].values[i] + kLeastNoise;
    const float determinant = xx * yy - xy * xy;
    flow_x_.values[i] += std::clamp((xy * yt - yy * xt) / determinant, -1.0F, 1.0F);
    flow_y_.values[i] += std::clamp((xy * xt - xx * yt) / determinant, -1.0F, 1.0F);
  }
}

}  // namespace streamkit::stereo

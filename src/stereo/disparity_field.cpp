#include "stereo/disparity_field.hpp"

#include <algorithm>
#include <cmath>

#include "stereo/simd.hpp"
#include "stereo/view_warp.hpp"

namespace streamkit::stereo {
namespace {

// If the frame is wider than the depth map by this factor, the map does not show where exactly an
// edge is; the luma of the frame then guides the interpolation.
constexpr int kGuideFromRatio = 3;
constexpr int kGuideRadius = 2;
constexpr float kGuideEpsilon = 1e-3F;

// The number of columns that are interpolated together.
constexpr int kStretch = 8;

struct Position {
  int cell;
  float share;
};

// Returns the position between the centres of `cells` cells of the centre of pixel `position`, of
// `length` pixels.
Position locate(double position, int cells, int length) {
  const double at = std::clamp((position + 0.5) * cells / length - 0.5, 0.0, cells - 1.0);
  const int cell = std::min(static_cast<int>(at), std::max(cells - 2, 0));
  return {cell, static_cast<float>(at - cell)};
}

// Converts depth to a shift in 1/kSubpixel of a pixel, rounded.
struct ToShift {
  explicit ToShift(const DisparityScale& scale)
      : factor(scale.pixels_per_depth * kSubpixel),
        offset((scale.offset_px - scale.convergence * scale.pixels_per_depth) * kSubpixel) {}

  STREAMKIT_INLINE std::int32_t operator()(float depth) const {
    const float shift = depth * factor + offset;
    return static_cast<std::int32_t>(shift + (shift < 0 ? -0.5F : 0.5F));
  }

  float factor;
  float offset;
};

// Interpolates each column from begins[i] up to begins[i + 1] between cell `i` and the next one,
// where share[x] is the weight of the next one. Whole vectors are written: up to kStretch - 1
// columns too many, which the next cell overwrites, and the last one beyond the end of the row.
STREAMKIT_SIMD_CLONES void stretch_row(const float* __restrict row, int cells,
                                       const std::int32_t* __restrict begins,
                                       const float* __restrict share, float* __restrict out) {
  for (int cell = 0; cell < cells; ++cell) {
    const float left = row[cell];
    const float step = row[std::min(cell + 1, cells - 1)] - left;
    for (int x = begins[cell]; x < begins[cell + 1]; x += kStretch) {
      for (int i = 0; i < kStretch; ++i) out[x + i] = left + share[x + i] * step;
    }
  }
}

// The rows that contribute to one row of shifts: the model of depth in luma above and below, and a
// pair of luma rows.
struct GuidedRows {
  const float* slope0;
  const float* slope1;
  const float* plain0;
  const float* plain1;
  const std::uint8_t* luma0;
  const std::uint8_t* luma1;
};

STREAMKIT_SIMD_CLONES void guided_shifts(const GuidedRows& rows, float share, ToShift to_shift,
                                         std::int32_t* __restrict out, std::size_t width) {
  const GuidedRows r = rows;
  for (std::size_t x = 0; x < width; ++x) {
    const float guide = static_cast<float>(int{r.luma0[x]} + int{r.luma1[x]}) * (0.5F / 255.0F);
    const float slope = r.slope0[x] + share * (r.slope1[x] - r.slope0[x]);
    const float offset = r.plain0[x] + share * (r.plain1[x] - r.plain0[x]);
    out[x] = to_shift(std::min(std::max(slope * guide + offset, 0.0F), 1.0F));
  }
}

// Replaces each row by the maximum of the `radius` rows above and below.
void grow_rows(Grid& grid, int radius) {
  for (int step = 0; step < radius; ++step) {
    const Grid from = grid;
    for (int y = 0; y < grid.height; ++y) {
      const float* above = from.row(std::max(y - 1, 0));
      const float* below = from.row(std::min(y + 1, grid.height - 1));
      float* row = grid.row(y);
      for (int x = 0; x < grid.width; ++x) row[x] = std::max(row[x], std::max(above[x], below[x]));
    }
  }
}

// Returns the share of its shift that each column keeps. The shares change slowly enough that the
// shifts of two neighbouring columns differ by at most a quarter of a pixel.
std::vector<float> edge_fade(std::size_t width, float largest_shift) {
  std::vector<float> fade(width);
  for (std::size_t x = 0; x < width; ++x) {
    const auto inside = static_cast<float>(std::min(x, width - 1 - x));
    fade[x] = std::min(1.0F, inside / std::max(4 * largest_shift, 1.0F));
  }
  return fade;
}

}  // namespace

void DisparityField::begin(const VideoFrame& frame, const DepthMap& depth,
                           const DisparityScale& scale) {
  luma_ = frame.planes[0];
  scale_ = scale;
  guided_ = depth.width_px > 1 && luma_.width_px >= kGuideFromRatio * depth.width_px &&
            luma_.height_px >= depth.height_px;
  load(depth);
  if (guided_) {
    guide_.resize(depth.width_px, depth.height_px);
    downsample_mean(luma_, guide_);
    filter_.fit(depth_, guide_, kGuideRadius, kGuideEpsilon, model_);
  }
  plan_columns(depth.width_px);
  const float farthest = std::max(scale.convergence, 1 - scale.convergence);
  fade_.clear();
  if (scale.fades_at_edges) {
    fade_ = edge_fade(static_cast<std::size_t>(luma_.width_px),
                      farthest * scale.pixels_per_depth + std::abs(scale.offset_px));
  }
}

void DisparityField::load(const DepthMap& depth) {
  depth_.resize(depth.width_px, depth.height_px);
  for (std::size_t i = 0; i < depth_.values.size(); ++i) {
    const float value = depth.values[i];
    const float known = std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : scale_.convergence;
    depth_.values[i] = known / (known + scale_.near_scale * (1 - known));
  }
  const int height = luma_.height_px;
  grow_rows(depth_, (2 * scale_.grow_y_px * depth.height_px + height) / (2 * height));
}

void DisparityField::plan_columns(int cells) {
  const int width = luma_.width_px;
  columns_.begins.assign(static_cast<std::size_t>(cells) + 1, 0);
  columns_.share.assign(static_cast<std::size_t>(width) + kStretch, 0.0F);
  int next = 0;  // the first cell that has no first column yet
  for (int x = 0; x < width; ++x) {
    const Position at = locate(static_cast<double>(x), cells, width);
    columns_.share[static_cast<std::size_t>(x)] = at.share;
    while (next <= at.cell) columns_.begins[static_cast<std::size_t>(next++)] = x;
  }
  while (next <= cells) columns_.begins[static_cast<std::size_t>(next++)] = width;
}

void DisparityField::stretch(const Grid& grid, int top, Stretched& rows) const {
  if (rows.top == top) return;
  const auto fill = [&](int y, std::vector<float>& out) {
    out.resize(columns_.share.size());
    stretch_row(grid.row(std::min(y, grid.height - 1)), grid.width, columns_.begins.data(),
                columns_.share.data(), out.data());
  };
  if (rows.top >= 0 && rows.top + 1 == top) {
    rows.upper.swap(rows.lower);
  } else {
    fill(top, rows.upper);
  }
  fill(top + 1, rows.lower);
  rows.top = top;
}

void DisparityField::row(int pair, Cursor& cursor, std::vector<std::int32_t>& shifts) const {
  const int upper_row = std::min(2 * pair, luma_.height_px - 1);
  const int lower_row = std::min(2 * pair + 1, luma_.height_px - 1);
  const Position at = locate((upper_row + lower_row) / 2.0, depth_.height, luma_.height_px);
  shifts.resize(static_cast<std::size_t>(luma_.width_px));
  stretch(guided_ ? model_.offset : depth_, at.cell, cursor.plain_);
  if (guided_) {
    stretch(model_.slope, at.cell, cursor.slope_);
    const GuidedRows rows{cursor.slope_.upper.data(), cursor.slope_.lower.data(),
                          cursor.plain_.upper.data(), cursor.plain_.lower.data(),
                          luma_.row(upper_row),       luma_.row(lower_row)};
    guided_shifts(rows, at.share, ToShift(scale_), shifts.data(), shifts.size());
  } else {
    plain_row(cursor.plain_, at.share, shifts);
  }
  grow_foreground(shifts, scale_.grow_x_px, cursor.scratch_);
  for (std::size_t x = 0; x < fade_.size(); ++x) {
    shifts[x] = static_cast<std::int32_t>(static_cast<float>(shifts[x]) * fade_[x]);
  }
}

void DisparityField::plain_row(const Stretched& plain, float share,
                               std::vector<std::int32_t>& shifts) const {
  const ToShift to_shift(scale_);
  // The mean of both sides of an edge would be a third surface that floats between them.
  const float edge = scale_.pixels_per_depth > 0 ? 1.0F / scale_.pixels_per_depth : 2.0F;
  for (std::size_t x = 0; x < shifts.size(); ++x) {
    const float step = plain.lower[x] - plain.upper[x];
    const float nearer = std::max(plain.upper[x], plain.lower[x]);
    shifts[x] = to_shift(std::abs(step) > edge ? nearer : plain.upper[x] + share * step);
  }
}

}  // namespace streamkit::stereo

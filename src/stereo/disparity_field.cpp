#include "stereo/disparity_field.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::stereo {
namespace {

// From this ratio of widths on a depth map says little about where an edge is, and the luma knows.
constexpr int kGuideFromRatio = 3;
constexpr int kGuideRadius = 2;
constexpr float kGuideEpsilon = 1e-3F;

struct Position {
  int cell;
  float share;
};

// Where the centre at `position` of `length` pixels lies between the centres of `cells` cells.
Position locate(double position, int cells, int length) {
  const double at = std::clamp((position + 0.5) * cells / length - 0.5, 0.0, cells - 1.0);
  const int cell = std::min(static_cast<int>(at), std::max(cells - 2, 0));
  return {cell, static_cast<float>(at - cell)};
}

}  // namespace

void DisparityField::begin(const VideoFrame& frame, const DepthMap& depth, DisparityScale scale) {
  luma_ = frame.planes[0];
  scale_ = scale;
  guided_ = depth.width_px > 1 && luma_.width_px >= kGuideFromRatio * depth.width_px &&
            luma_.height_px >= depth.height_px;

  depth_.resize(depth.width_px, depth.height_px);
  for (std::size_t i = 0; i < depth_.values.size(); ++i) {
    const float value = depth.values[i];
    depth_.values[i] = std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : scale.convergence;
  }
  plain_.grid = &depth_;
  if (guided_) {
    guide_.resize(depth.width_px, depth.height_px);
    downsample_mean(luma_, guide_);
    filter_.fit(depth_, guide_, kGuideRadius, kGuideEpsilon, model_);
    plain_.grid = &model_.offset;
    slope_.grid = &model_.slope;
  }
  plain_.top = slope_.top = -1;

  const auto width = static_cast<std::size_t>(luma_.width_px);
  columns_.cell.resize(width);
  columns_.share.resize(width);
  for (std::size_t x = 0; x < width; ++x) {
    const Position at = locate(static_cast<double>(x), depth.width_px, luma_.width_px);
    columns_.cell[x] = at.cell;
    columns_.share[x] = at.share;
  }
}

void DisparityField::stretch(Stretched& rows, int top) const {
  if (rows.top == top) return;
  const auto fill = [&](int y, std::vector<float>& out) {
    const float* row = rows.grid->row(std::min(y, rows.grid->height - 1));
    const int last = rows.grid->width - 1;
    out.resize(columns_.cell.size());
    for (std::size_t x = 0; x < out.size(); ++x) {
      const int cell = columns_.cell[x];
      const float left = row[cell];
      out[x] = left + columns_.share[x] * (row[std::min(cell + 1, last)] - left);
    }
  };
  if (rows.top >= 0 && rows.top + 1 == top) {
    rows.upper.swap(rows.lower);
  } else {
    fill(top, rows.upper);
  }
  fill(top + 1, rows.lower);
  rows.top = top;
}

void DisparityField::row(int pair, std::vector<std::int32_t>& shifts) {
  const int upper_row = std::min(2 * pair, luma_.height_px - 1);
  const int lower_row = std::min(2 * pair + 1, luma_.height_px - 1);
  const Position at = locate((upper_row + lower_row) / 2.0, depth_.height, luma_.height_px);
  const auto width = static_cast<std::size_t>(luma_.width_px);
  const float unit = scale_.pixels_per_depth * kSubpixel;
  shifts.resize(width);

  stretch(plain_, at.cell);
  const float* plain0 = plain_.upper.data();
  const float* plain1 = plain_.lower.data();
  const auto to_shift = [unit, convergence = scale_.convergence](float depth) {
    const float shift = (depth - convergence) * unit;
    return static_cast<std::int32_t>(shift + (shift < 0 ? -0.5F : 0.5F));
  };
  if (!guided_) {
    // The mean over an edge would be a thing of its own, floating between both.
    const float edge = scale_.pixels_per_depth > 0 ? 1.0F / scale_.pixels_per_depth : 2.0F;
    for (std::size_t x = 0; x < width; ++x) {
      const float step = plain1[x] - plain0[x];
      const float nearer = std::max(plain0[x], plain1[x]);
      shifts[x] = to_shift(std::abs(step) > edge ? nearer : plain0[x] + at.share * step);
    }
    return;
  }

  stretch(slope_, at.cell);
  const float* slope0 = slope_.upper.data();
  const float* slope1 = slope_.lower.data();
  const std::uint8_t* luma0 = luma_.row(upper_row);
  const std::uint8_t* luma1 = luma_.row(lower_row);
  grown_.resize(width);
  for (std::size_t x = 0; x < width; ++x) {
    const float guide = static_cast<float>(int{luma0[x]} + int{luma1[x]}) * (0.5F / 255.0F);
    const float slope = slope0[x] + at.share * (slope1[x] - slope0[x]);
    const float offset = plain0[x] + at.share * (plain1[x] - plain0[x]);
    grown_[x] = to_shift(std::min(std::max(slope * guide + offset, 0.0F), 1.0F));
  }
  shifts = grown_;
  for (std::size_t x = 1; x + 1 < width; ++x) {
    shifts[x] = std::max(std::max(grown_[x - 1], grown_[x]), grown_[x + 1]);
  }
}

}  // namespace streamkit::stereo

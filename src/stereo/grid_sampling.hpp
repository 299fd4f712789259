#pragma once

#include <algorithm>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// A position between the cells of a grid: the upper left cell, and the offset from it.
struct GridPlace {
  int column;
  int row;
  float across;
  float down;
};

/// Returns the position, moved to the nearest one inside the grid. NaN gives the first cell.
[[nodiscard]] inline GridPlace place_in(const Grid& grid, float x, float y) {
  // std::clamp() would keep NaN.
  const float inside_x = std::min(std::max(0.0F, x), static_cast<float>(grid.width - 1));
  const float inside_y = std::min(std::max(0.0F, y), static_cast<float>(grid.height - 1));
  const int column = static_cast<int>(inside_x);
  const int row = static_cast<int>(inside_y);
  return {column, row, inside_x - static_cast<float>(column), inside_y - static_cast<float>(row)};
}

/// Returns the value at a position, linear between the four cells around.
[[nodiscard]] inline float between(const Grid& grid, const GridPlace& at) {
  const int right = std::min(at.column + 1, grid.width - 1);
  const float* above = grid.row(at.row);
  const float* below = grid.row(std::min(at.row + 1, grid.height - 1));
  const float upper = above[at.column] + at.across * (above[right] - above[at.column]);
  const float lower = below[at.column] + at.across * (below[right] - below[at.column]);
  return upper + at.down * (lower - upper);
}

/// The same with cubic convolution, limited to the range of the four cells around: linear
/// interpolation, repeated over many frames, would blur.
[[nodiscard]] float sharply_between(const Grid& grid, const GridPlace& at);

}  // namespace streamkit::stereo

#include "stereo/grid_sampling.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace streamkit::stereo {
namespace {

// Weights of the two cells before and the two after a place.
// Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
std::array<float, 4> cubic(float t) {
  return {0.5F * t * ((2 - t) * t - 1), 0.5F * (t * t * (3 * t - 5) + 2),
          0.5F * t * ((4 - 3 * t) * t + 1), 0.5F * (t - 1) * t * t};
}

}  // namespace

float sharply_between(const Grid& grid, const GridPlace& at) {
  if (at.across == 0 && at.down == 0) return grid.row(at.row)[at.column];
  const std::array<float, 4> across = cubic(at.across);
  const std::array<float, 4> down = cubic(at.down);
  std::array<int, 4> columns{};
  for (int i = 0; i < 4; ++i) {
    columns[static_cast<std::size_t>(i)] = std::clamp(at.column - 1 + i, 0, grid.width - 1);
  }
  std::array<const float*, 4> rows{};
  float sum = 0;
  for (std::size_t j = 0; j < 4; ++j) {
    rows[j] = grid.row(std::clamp(at.row - 1 + static_cast<int>(j), 0, grid.height - 1));
    float along = 0;
    for (std::size_t i = 0; i < 4; ++i) along += across[i] * rows[j][columns[i]];
    sum += down[j] * along;
  }
  const auto [least, most] = std::minmax(
      {rows[1][columns[1]], rows[1][columns[2]], rows[2][columns[1]], rows[2][columns[2]]});
  return std::clamp(sum, least, most);
}

}  // namespace streamkit::stereo

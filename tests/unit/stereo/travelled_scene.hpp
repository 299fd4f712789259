#pragma once

#include <cmath>
#include <cstdint>
#include <functional>

#include "pictures.hpp"
#include "stereo/camera_translation.hpp"
#include "stereo/plane_filters.hpp"

// Luma of scenes whose inverse depth is known, for the tests of what measures by motion.
namespace streamkit::test {

/// Smooth between the corners of a lattice, 0 to 1.
inline double soft_grain(double x, double y, double cell, int seed) {
  const double at_x = x / cell + 1000;
  const double at_y = y / cell + 1000;
  const int column = static_cast<int>(at_x);
  const int row = static_cast<int>(at_y);
  const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
  const double across = smooth(at_x - column);
  const double down = smooth(at_y - row);
  const auto corner = [&](int i, int j) {
    return grain(column + i + 137 * seed, row + j, 1000) / 999.0;
  };
  const double upper = corner(0, 0) + across * (corner(1, 0) - corner(0, 0));
  const double lower = corner(0, 1) + across * (corner(1, 1) - corner(0, 1));
  return upper + down * (lower - upper);
}

/// Texture of three sizes.
inline float texture_at(double x, double y) {
  return static_cast<float>(0.15 + 0.3 * soft_grain(x, y, 11, 1) + 0.25 * soft_grain(x, y, 5, 2) +
                            0.15 * soft_grain(x, y, 3, 3));
}

/// Inverse depth at (x, y), in half widths from the middle.
using InverseDepth = std::function<double(double x, double y)>;

constexpr int kSceneWidth = 160;
constexpr int kSceneHeight = 90;

/// What a camera sees after `frames` steps of `camera`, of which each moves a place by its turn and
/// by its travel times inverse depth.
inline stereo::Grid travelled(const stereo::CameraTranslation& camera, const InverseDepth& depth,
                              double frames) {
  stereo::Grid luma;
  luma.resize(kSceneWidth, kSceneHeight);
  const double half = kSceneWidth / 2.0;
  for (int row = 0; row < kSceneHeight; ++row) {
    for (int column = 0; column < kSceneWidth; ++column) {
      const double x = (column + 0.5) / half - 1;
      const double y = (row + 0.5 - kSceneHeight / 2.0) / half;
      const auto turned = camera.turned(x, y);
      const auto along = camera.towards(x, y);
      const double near = depth(x, y);
      luma.row(row)[column] = texture_at(column - frames * (turned.x + near * along.x),
                                         row - frames * (turned.y + near * along.y));
    }
  }
  return luma;
}

}  // namespace streamkit::test

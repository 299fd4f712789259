#pragma once

#include <algorithm>

namespace streamkit::capture {

/// Height of the camera above the ground.
inline constexpr double kEyeHeightM = 1.7;

/// Width and position of the horizon in a 16:9 picture, as shares of its width and height.
inline constexpr double kFocalShare = 0.62;
inline constexpr double kHorizonShare = 0.44;

/// The ground at the lower edge of a 16:9 picture: nothing in the scene is nearer.
inline constexpr double kNearestM = kEyeHeightM * kFocalShare * 16 / 9 / (1 - kHorizonShare);

/// A camera that looks level along +Z: X is right, Z away, heights are above the ground. Distances
/// are in metres from the camera; picture coordinates are continuous, pixel `x` covers [x, x + 1).
struct View {
  View(int width, int height) : width_px(width), height_px(height) {
    // Other shapes are cut from the middle of a 16:9 picture, so the same things stay in range.
    const double full_width = std::max<double>(width, height * 16.0 / 9.0);
    focal_px = kFocalShare * full_width;
    center_px = width / 2.0;
    horizon_px = height / 2.0 - (0.5 - kHorizonShare) * full_width * 9 / 16;
  }

  [[nodiscard]] double x_of(double x_m, double z_m) const {
    return center_px + x_m * focal_px / z_m;
  }
  [[nodiscard]] double y_of(double height_m, double z_m) const {
    return horizon_px + (kEyeHeightM - height_m) * focal_px / z_m;
  }
  /// 1/Z of the ground seen at `y`, which must lie below the horizon.
  [[nodiscard]] double ground_inverse_z(double y) const {
    return (y - horizon_px) / (kEyeHeightM * focal_px);
  }

  int width_px;
  int height_px;
  double focal_px;
  double center_px;
  double horizon_px;
};

}  // namespace streamkit::capture

#pragma once

#include <algorithm>

namespace streamkit::capture {

/// The height of the camera above the ground.
inline constexpr double kEyeHeightM = 1.7;

/// The focal length and the position of the horizon, as shares of the width and the height of a
/// 16:9 frame.
inline constexpr double kFocalShare = 0.62;
inline constexpr double kHorizonShare = 0.44;

/// The distance of the ground at the lower edge of a 16:9 frame. Nothing in the scene is nearer.
inline constexpr double kNearestM = kEyeHeightM * kFocalShare * 16 / 9 / (1 - kHorizonShare);

/// A camera that looks horizontally along +Z. X is to the right, Z is the distance, and heights are
/// above the ground. Distances are in metres from the camera. Frame coordinates are continuous:
/// pixel `x` covers [x, x + 1).
struct View {
  View(int width, int height) : width_px(width), height_px(height) {
    // Other aspect ratios are cut from the middle of a 16:9 frame, so that the same things stay in
    // range.
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
  /// Returns 1/Z of the ground that is visible at `y`, which must be below the horizon.
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

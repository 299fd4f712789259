#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "stereo/picture_motion.hpp"

namespace streamkit::stereo {

/// How a camera moved from one frame to the next: how it turned, and in which direction it
/// travelled. Positions are in half widths of the frame from its middle, motions in cells.
///
/// The motion of a place is turned() plus towards() times its inverse depth. The unit of inverse
/// depth is unknown, and so is the focal length: that of a frame of 60 degrees is assumed. Another
/// one mistakes a part of a turn for the same part of a travel past one plane.
struct CameraTranslation {
  struct Flow {
    double x = 0;
    double y = 0;
  };
  /// Motion of the middle to the right and down by turning, and of the right border downwards,
  /// negated, by rolling.
  std::array<double, 3> turn = {};
  /// A unit vector to the right, down and ahead. Most places have inverse depth above 0.
  std::array<double, 3> direction = {1, 0, 0};

  [[nodiscard]] Flow turned(double x, double y) const;
  [[nodiscard]] Flow towards(double x, double y) const;
};

/// How well the gradients around a place determine its motion: the inverse of the covariance of the
/// flow.
struct FlowInformation {
  double xx = 0;
  double xy = 0;
  double yy = 0;

  /// Returns how well the motion along a vector is determined, times the square of its length.
  /// Rounding would make it negative along a straight edge.
  [[nodiscard]] double along(const CameraTranslation::Flow& vector) const {
    return std::max(
        xx * vector.x * vector.x + 2 * xy * vector.x * vector.y + yy * vector.y * vector.y, 0.0);
  }
  [[nodiscard]] double determinant() const { return std::max(xx * yy - xy * xy, 0.0); }
};
[[nodiscard]] FlowInformation flow_information(const PictureMotion& motion, std::size_t cell);

/// Finds the turn and the direction for which most of the frame moves as a rigid scene does that is
/// in front of the camera. What moves by itself has little influence. Meaningless, but finite,
/// where the camera does not travel.
/// Source: D. Heeger, A. Jepson, "Subspace methods for recovering rigid motion", IJCV 7(2), 1992:
/// for each direction the rest is linear.
[[nodiscard]] CameraTranslation find_camera_translation(const PictureMotion& motion);

}  // namespace streamkit::stereo

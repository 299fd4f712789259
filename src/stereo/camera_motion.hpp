#pragma once

#include <array>
#include <cstddef>

#include "stereo/picture_motion.hpp"

namespace streamkit::stereo {

/// Derives from the motion of the whole frame, over several frames, whether the scene is one plane,
/// such as a poster. A camera that only turns moves any scene like one, and is recognized by how it
/// bends the motion towards the corners of the frame.
/// Source: J. Bergen, P. Anandan, K. Hanna, R. Hingorani, "Hierarchical model-based motion
/// estimation", ECCV 1992, planar surface flow.
class CameraMotion {
 public:
  /// The values that are kept between frames, quantized like a DepthState.
  using Numbers = std::array<float, 3>;

  void update(const PictureMotion& motion);
  void reset() { numbers_ = {}; }
  void restore(const Numbers& numbers) { numbers_ = numbers; }
  [[nodiscard]] const Numbers& numbers() const { return numbers_; }

  /// Returns from 0 to 1 how certain it is that the whole frame is one plane that faces the camera.
  [[nodiscard]] float flat() const;

 private:
  /// The motion between two frames, in cells per frame.
  struct Fit {
    // The flow at (x, y), in half widths from the middle, is
    //   u = u0 + ux x + uy y + p x^2 + q x y,   v = v0 + vx x + vy y + p x y + q y^2
    std::array<double, 8> parameters = {};
    // The sum of the weights relative to that of a frame full of texture.
    double textured = 0;
    // The mean square of the error that the parameters leave.
    double residual = 0;

    /// Returns the part of the flow (u, v) at (x, y) that the parameters leave.
    [[nodiscard]] std::array<double, 2> miss(double x, double y, double u, double v) const;
    [[nodiscard]] double shift_square() const {
      return parameters[0] * parameters[0] + parameters[3] * parameters[3];
    }
  };
  /// Finds the parameters only.
  static Fit fit(const PictureMotion& motion);
  static void find_residual(const PictureMotion& motion, Fit& found);
  void learn_turn(const Fit& found);
  void learn_flatness(const Fit& found);
  void keep(std::size_t number, double now, double weight);
  /// Returns from 0 to 1 how certain it is that the camera turns.
  [[nodiscard]] float turning() const;

  // In this order: the evidence for a plane; the bend of the motion times the motion; the square of
  // the motion.
  Numbers numbers_ = {};
};

}  // namespace streamkit::stereo

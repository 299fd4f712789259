#pragma once

#include <array>
#include <cstddef>

#include "stereo/picture_motion.hpp"

namespace streamkit::stereo {

/// Derives from the motion of the whole frame, over several frames, whether the scene is one plane,
/// such as a poster, and whether its ground is up, such as a ceiling. A camera that only turns
/// shows neither, and is recognized by how it bends the motion towards the corners of the frame.
/// Source: J. Bergen, P. Anandan, K. Hanna, R. Hingorani, "Hierarchical model-based motion
/// estimation", ECCV 1992, planar surface flow.
class CameraMotion {
 public:
  /// What outlives a picture, quantized as a DepthState is.
  using Numbers = std::array<float, 4>;

  void update(const PictureMotion& motion);
  void reset() { numbers_ = {}; }
  void restore(const Numbers& numbers) { numbers_ = numbers; }
  [[nodiscard]] const Numbers& numbers() const { return numbers_; }

  /// Returns from 0 to 1 how certain it is that the whole frame is one plane that faces the camera.
  [[nodiscard]] float flat() const;
  /// Returns 1 where lower is nearer, -1 where lower is farther, and a value between during a
  /// change.
  [[nodiscard]] float ground() const;
  /// Returns from 0 to 1 how strongly the motion confirms ground().
  [[nodiscard]] float confirmed() const;

 private:
  /// Of one picture; in cells per picture.
  struct Fit {
    // Of the flow at (x, y), in half widths from the middle:
    //   u = u0 + ux x + uy y + p x^2 + q x y,   v = v0 + vx x + vy y + p x y + q y^2
    std::array<double, 8> parameters = {};
    // Sum of the weights over that of a picture full of texture.
    double textured = 0;
    // Mean square of what the parameters miss.
    double residual = 0;

    [[nodiscard]] double shift_square() const {
      return parameters[0] * parameters[0] + parameters[3] * parameters[3];
    }
  };
  static Fit fit(const PictureMotion& motion);
  void learn_turn(const Fit& found);
  void learn_flatness(const Fit& found);
  void learn_ground(const Fit& found);
  void keep(std::size_t number, double now, double weight);
  /// Returns from 0 to 1 how certain it is that the camera turns.
  [[nodiscard]] float turning() const;

  // Evidence for a plane; the motion's bend times the motion, and its square; how much more what
  // is low moves than what is high, over the motion.
  Numbers numbers_ = {};
};

}  // namespace streamkit::stereo

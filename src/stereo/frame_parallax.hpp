#pragma once

#include <cstddef>

#include "stereo/camera_translation.hpp"
#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Separates the motion between two frames into the turn and the travel of the camera, and the
/// rest. Parallax is the motion along the travel that turning does not explain. It is in cells,
/// scaled to a place at a typical distance from the direction of travel, and proportional to
/// inverse depth.
class FrameParallax {
 public:
  /// Finds how the camera moved, and the parallax of each place.
  void find(const PictureMotion& motion);

  [[nodiscard]] const CameraTranslation& camera() const { return camera_; }
  /// Returns the length of CameraTranslation::towards() at a typical place.
  [[nodiscard]] double typical() const { return typical_; }

  /// Returns the parallax of each place, and the variance of its error.
  [[nodiscard]] const Grid& parallax() const { return parallax_; }
  [[nodiscard]] const Grid& variance() const { return variance_; }
  /// Returns the squared motion across the travel, in cells, and in variances of its error: a place
  /// that moves across it moves by itself.
  [[nodiscard]] const Grid& across() const { return across_; }
  [[nodiscard]] const Grid& odd() const { return odd_; }
  /// Returns by how much the squared distance from the direction of travel is above a typical one.
  [[nodiscard]] const Grid& reach() const { return reach_; }

  /// Return the median of the parallax, the spread of its middle three fifths, and its range
  /// without a twentieth of the frame on each side.
  [[nodiscard]] double median() const { return median_; }
  [[nodiscard]] double spread() const { return spread_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  /// Returns the spread of the motion across the travel, which is an error.
  [[nodiscard]] double noise() const { return noise_; }
  /// Returns the motion of the middle of the frame by turning, in cells.
  [[nodiscard]] double turn() const { return turn_; }
  /// Returns from 0 to 1 how certain it is, from these two frames alone, that the camera travels.
  [[nodiscard]] double travels() const { return travels_; }

  /// Calls `look(cell, weight)` for the places that represent the frame. The weight is the inverse
  /// variance, less for what moves by itself.
  template <typename Look>
  void each_place(Look look) const {
    constexpr int kStep = 3;
    for (int y = kStep; y < parallax_.height - kStep; y += kStep) {
      for (int x = kStep; x < parallax_.width - kStep; x += kStep) {
        const auto cell = static_cast<std::size_t>(y) * static_cast<std::size_t>(parallax_.width) +
                          static_cast<std::size_t>(x);
        look(cell, 1.0 / (double{variance_.values[cell]} * (1 + odd_.values[cell] / kOdd)));
      }
    }
  }

  /// A motion across the travel, squared and in variances, from which on a place moves by itself.
  static constexpr float kOdd = 6;

 private:
  void find_reach(int width, int height);
  void find_places(const PictureMotion& motion);
  void summarize(const PictureMotion& motion);
  void find_noise();

  CameraTranslation camera_;
  double typical_ = 1;
  Grid parallax_, variance_, across_, odd_, reach_;
  double median_ = 0;
  double spread_ = 0;
  double low_ = 0;
  double high_ = 0;
  double noise_ = 0;
  double turn_ = 0;
  double travels_ = 0;
};

}  // namespace streamkit::stereo

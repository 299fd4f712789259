#pragma once

#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Measures by how much the motion of each part of the frame differs from that of the background.
/// The background is what seems far according to `far_weight`. Evidence moves along with the
/// objects.
class MotionParallax {
 public:
  /// Processes the next frame; all grids must be of one size until reset().
  void update(const Grid& luma, const Grid& far_weight);
  void reset();
  /// Continues after the frame `luma` with the evidence of earlier ones, as returned by evidence()
  /// and weight().
  void restore(const Grid& luma, const Grid& evidence, const Grid& weight);

  /// Returns 0 for what moves with the background, 1 for what differs most; smooth, from several
  /// frames.
  [[nodiscard]] const Grid& nearness() const { return nearness_; }
  /// Returns from 0 to 1 how reliable nearness() is in each place. 0 where nothing moved so far.
  [[nodiscard]] const Grid& trust() const { return trust_; }

  /// Returns the motion between the last two frames; null before the second frame.
  [[nodiscard]] const PictureMotion* motion() const { return moved_ ? &motion_ : nullptr; }

  /// The values that are kept between frames, quantized like a DepthState.
  [[nodiscard]] const Grid& evidence() const { return evidence_; }
  [[nodiscard]] const Grid& weight() const { return weight_; }

 private:
  void carry_along();
  void compare_with_background(const Grid& far_weight);

  Grid previous_;
  bool moved_ = false;
  PictureMotion motion_{0.55};
  Grid smooth_x_, smooth_y_;
  Grid evidence_, weight_, scratch_;
  Grid nearness_, trust_;
};

}  // namespace streamkit::stereo

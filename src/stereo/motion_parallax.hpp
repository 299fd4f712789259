#pragma once

#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// How far each part of the picture moves unlike the background, which is what seems far by
/// `far_weight`. What was seen goes along with what it was seen of.
class MotionParallax {
 public:
  /// Takes the next picture; all grids are of one size until reset().
  void update(const Grid& luma, const Grid& far_weight);
  void reset();
  /// Goes on after the picture `luma` with what earlier ones gave, as evidence() and weight() tell.
  void restore(const Grid& luma, const Grid& evidence, const Grid& weight);

  /// 0 moves with the background, 1 the most unlike it; smooth, from several pictures.
  [[nodiscard]] const Grid& nearness() const { return nearness_; }
  /// 0 to 1: how much nearness() may be trusted in each place. 0 where nothing moved so far.
  [[nodiscard]] const Grid& trust() const { return trust_; }

  /// Between the last two pictures; null before there were two.
  [[nodiscard]] const PictureMotion* motion() const { return moved_ ? &motion_ : nullptr; }

  /// What outlives a picture, quantized as a DepthState is.
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

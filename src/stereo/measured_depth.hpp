#pragma once

#include <array>

#include "stereo/frame_parallax.hpp"
#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/plane_sweep.hpp"

namespace streamkit::stereo {

/// Measures depth by motion, over several frames. Where the camera travels through a still scene,
/// the motion that its turning does not explain is inverse depth. Where it does not, what moves
/// unlike the background is in front of it. What was measured moves along with the objects, and is
/// kept while nothing moves.
class MeasuredDepth {
 public:
  using Numbers = std::array<float, 3>;

  /// Measures by the motion since the frame of the last call. That should be some frames earlier: a
  /// longer travel shows more depth. Luma from 0 to 1, all of one size until reset();
  /// the guess is how far the whole frame moved, in cells.
  void update(const Grid& luma, int guess_x, int guess_y);
  void reset();
  /// Returns whether numbers() can have returned these.
  [[nodiscard]] static bool fits(const Numbers& numbers);
  /// Continues after the frame `luma` with what evidence(), weight() and numbers() returned.
  void restore(const Grid& luma, const Grid& evidence, const Grid& weight, const Numbers& numbers);

  /// Returns inverse depth from 0 to 1 in each place, on a scale of the scene's own.
  [[nodiscard]] const Grid& nearness() const { return nearness_; }
  /// Returns from 0 to 1 how reliable nearness() is in each place. 0 where nothing was measured.
  [[nodiscard]] const Grid& trust() const { return weight_; }

  /// Returns from 0 to 1 how certain the depth is that a travelling camera measured: several frames
  /// confirm it, and which end of it is near.
  [[nodiscard]] float certainty() const;
  /// Returns from 0 to 1 how certain it is that places of little trust() move by themselves, and do
  /// not only seem to because the camera travels.
  [[nodiscard]] float mover_certainty() const;

  /// Between the last two frames that it saw; null before there were two.
  [[nodiscard]] const PictureMotion* motion() const { return moved_ ? &motion_ : nullptr; }

  /// What outlives a frame, quantized as a DepthState is; the luma is that of the last frame.
  [[nodiscard]] const Grid& luma() const { return previous_; }
  [[nodiscard]] const Grid& evidence() const { return evidence_; }
  [[nodiscard]] const Grid& weight() const { return weight_; }
  [[nodiscard]] Numbers numbers() const { return {order_, travels_, proof_}; }

 private:
  struct Scale;
  void carry_along(const Grid& luma);
  void follow_flow(const Grid& luma);
  void prefer_common_motion();
  void measure(const Grid& luma);
  [[nodiscard]] Scale find_scale() const;
  void compare(Scale& scale) const;
  void learn_travel(Scale& scale);
  void learn_order(const Scale& scale);
  void learn_depth(const Scale& scale, const Grid& luma);
  void learn_movers();
  void rescale();

  Grid previous_;
  bool moved_ = false;
  PictureMotion motion_{0.55};
  Grid smooth_x_, smooth_y_, difference_, scratch_;
  // The difference that the motion of the whole frame leaves; and from 0 to 1 how much less a
  // motion of its own leaves.
  Grid unmoved_, moves_;
  FrameParallax frame_;
  PlaneSweep sweep_;
  // Inverse depth, near 0 to 1; and the weight of what is known, 0 to 1.
  Grid evidence_, weight_;
  // From 0 to 1 how certain it is that larger evidence is nearer. 0 before anything was measured.
  float order_ = 0;
  // From 0 to 1 how certain it is, over time, that the camera travels.
  float travels_ = 0;
  // From 0 to 1 how well later frames agreed with the measured depth.
  float proof_ = 0;
  Grid nearness_;
};

}  // namespace streamkit::stereo

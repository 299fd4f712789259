#pragma once

#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Moves values from one frame to the next. Each place follows the nearby motion that explains it
/// best, so that edges stay sharp.
class MotionCarrier {
 public:
  /// Finds the position in `before` of each place of `now`. Luma from 0 to 1.
  /// Precondition: of one size.
  void follow(const Grid& before, const Grid& now);

  /// Moves `values` of the earlier frame to the current positions.
  /// Precondition: of the frames' size.
  void carry(Grid& values);

  /// Returns from 0 to 1 how well each place was found again. Near 0: uncovered or changed.
  [[nodiscard]] const Grid& trust() const { return trust_; }

 private:
  void consider(const Grid& before, const Grid& now, int offset_x, int offset_y);

  PictureMotion motion_{0.9};
  // The mean motion around each place, relative to that of the whole frame.
  Grid usual_x_, usual_y_;
  // The earlier position of each place, and its cost: the mean difference of luma around it, plus
  // the penalty of a motion that differs from its neighbours.
  Grid from_x_, from_y_, least_;
  Grid difference_, around_, scratch_;
  Grid trust_;
};

}  // namespace streamkit::stereo

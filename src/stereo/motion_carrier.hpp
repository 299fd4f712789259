#pragma once

#include "stereo/picture_motion.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Takes what is known of one picture's places over to the next picture. Each place goes with
/// whichever of the motions found around it explains it best, so that edges stay edges.
class MotionCarrier {
 public:
  /// Finds where each place of `now` was `before`. Luma from 0 to 1. Precondition: of one size.
  void follow(const Grid& before, const Grid& now);

  /// Brings `values`, those of the earlier picture, to where things are now. Precondition: of the
  /// pictures' size.
  void carry(Grid& values);

  /// 0 to 1: how well each place was found again. Near 0 what was uncovered or changed.
  [[nodiscard]] const Grid& trust() const { return trust_; }

 private:
  void consider(const Grid& before, const Grid& now, int offset_x, int offset_y);

  PictureMotion motion_{0.9};
  // The mean motion around each place, beside that of the whole picture.
  Grid usual_x_, usual_y_;
  // Where each place was, and how badly that explains it: the mean difference of luma around it and
  // what an odd motion costs.
  Grid from_x_, from_y_, least_;
  Grid difference_, around_, scratch_;
  Grid trust_;
};

}  // namespace streamkit::stereo

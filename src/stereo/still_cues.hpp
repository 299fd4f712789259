#pragma once

#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// The cues to depth that a single frame holds, cell by cell: height, detail and contrast.
/// Grids keep their memory for the next frame.
class StillCues {
 public:
  /// Takes the next frame's detail. `luma` is its means in cells.
  void look(const VideoPlane& plane, const Grid& luma);
  /// The share of the frame that holds texture: how much there is for the cues to go by.
  [[nodiscard]] float textured() const;
  /// Finds the cues of the frame that look() took. `lower_is_nearer` is from -1 (lower is
  /// farther, as under a ceiling) to 1. Once for each look().
  void find(const Grid& luma, float lower_is_nearer);

  /// How near the ground is below each cell, -0.5 to 0.5.
  [[nodiscard]] const Grid& ground() const { return ground_; }
  /// Fine detail around each cell, 0 to 1.
  [[nodiscard]] const Grid& detail() const { return soft_detail_; }
  /// Contrast around each cell, 0 to 1.
  [[nodiscard]] const Grid& contrast() const { return contrast_; }

 private:
  void find_detail();
  void find_contrast(const Grid& luma);
  void find_ground(const Grid& luma, bool up);

  Grid detail_, soft_detail_;
  Grid contrast_, soft_luma_;
  Grid ground_;
  std::vector<float> foot_;  // what is carried along each column
};

}  // namespace streamkit::stereo

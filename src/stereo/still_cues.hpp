#pragma once

#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// The cues to depth that a single frame holds, cell by cell: height, detail and contrast.
/// Grids keep their memory for the next frame.
class StillCues {
 public:
  /// Processes the detail of the next frame. `luma` contains its means in cells.
  void look(const VideoPlane& plane, const Grid& luma);
  /// Returns the share of the frame that has texture, which the cues depend on.
  [[nodiscard]] float textured() const;
  /// Finds the cues of the frame that look() processed. `lower_is_nearer` is from -1 (lower is
  /// farther, as under a ceiling) to 1. Call it once after each look().
  void find(const Grid& luma, float lower_is_nearer);

  /// Returns how near the ground is below each cell, from -0.5 to 0.5.
  [[nodiscard]] const Grid& ground() const { return ground_; }
  /// Returns the fine detail around each cell, from 0 to 1.
  [[nodiscard]] const Grid& detail() const { return soft_detail_; }
  /// Returns the contrast around each cell, from 0 to 1.
  [[nodiscard]] const Grid& contrast() const { return contrast_; }

 private:
  void find_detail();
  void find_contrast(const Grid& luma);
  void find_ground(const Grid& luma, bool up);

  Grid detail_, soft_detail_;
  Grid contrast_, soft_luma_;
  Grid ground_;
  std::vector<float> foot_;  // what is carried up along each column
};

}  // namespace streamkit::stereo

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Measures how the parts of a frame moved since the previous frame. The shift of the whole frame,
/// and then of each block, is found by search; the rest of the motion by least squares on the
/// gradients. Source: B. Lucas, T. Kanade, "An iterative image registration technique", IJCAI 1981.
class PictureMotion {
 public:
  /// A block keeps the shift of the whole frame unless another shift leaves less than
  /// `block_share`, from 0 to 1, of the difference. 1 follows every part; a smaller value mistakes
  /// less noise for motion.
  explicit PictureMotion(double block_share) : block_share_(block_share) {}

  /// Computes the motion from `before` to `now`: luma from 0 to 1. The shift of the whole frame is
  /// searched around a guess, in cells. Precondition: of one size. Keeps its scratch memory for the
  /// next call.
  void find(const Grid& before, const Grid& now, int guess_x = 0, int guess_y = 0);

  /// Finds the flow between the same two frames again, between the cells and without holding back
  /// where texture is weak: more exact in still scenes, less sharp at the edges of what moves.
  void refine();

  /// Returns by how many cells the whole frame moved to the right and down.
  [[nodiscard]] int shift_x() const { return shift_x_; }
  [[nodiscard]] int shift_y() const { return shift_y_; }
  /// Returns by how many cells each place moved in addition to that.
  [[nodiscard]] const Grid& flow_x() const { return flow_x_; }
  [[nodiscard]] const Grid& flow_y() const { return flow_y_; }
  /// Returns from 0 to 1 how well the texture there determines the flow in both directions.
  [[nodiscard]] const Grid& confidence() const { return confidence_; }
  /// Returns the means of the products of gradients around each place: how well the texture there
  /// determines the flow in each direction.
  [[nodiscard]] const Grid& gradient_xx() const { return products_[0]; }
  [[nodiscard]] const Grid& gradient_xy() const { return products_[1]; }
  [[nodiscard]] const Grid& gradient_yy() const { return products_[2]; }

 private:
  void find_shift(int width, int height, int guess_x, int guess_y);
  void find_block_shifts(int width, int height);
  void try_block_shift(int width, int height, int dx, int dy);
  void find_flow(const Grid& before_luma, const Grid& luma);
  void find_gradients(const Grid& before_luma, const Grid& luma);
  void refine_flow(const Grid& before_luma, const Grid& luma);
  void find_rest(const Grid& before_luma, const Grid& luma);

  const double block_share_;
  Grid before_, now_;
  std::vector<std::int16_t> levels_now_, levels_before_;
  int shift_x_ = 0;
  int shift_y_ = 0;
  // The shift of each block in cells, including the shift of the whole frame.
  std::vector<std::int16_t> block_x_, block_y_;
  int blocks_across_ = 0;
  // During the search: the least cost of each block so far, and scratch memory.
  std::vector<std::int32_t> least_;
  std::vector<std::int16_t> columns_;
  std::array<std::vector<std::int32_t>, 2> squares_;
  // The products of gradients: xx, xy, yy, xt, yt.
  Grid products_[5];
  Grid gradient_x_, gradient_y_;
  Grid wide_[5];
  Grid flow_x_, flow_y_, confidence_;
};

}  // namespace streamkit::stereo

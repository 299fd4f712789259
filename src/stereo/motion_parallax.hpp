#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// How far each part of the picture moves unlike the background, which is what seems far by
/// `far_weight`. The shift of the whole picture, and then of each block, is found by search, what
/// is left of the motion by least squares on the gradients. What was seen goes along with what it
/// was seen of. Source: B. Lucas, T. Kanade, "An iterative image registration technique", IJCAI
/// 1981.
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

  /// What outlives a picture, quantized as a DepthState is.
  [[nodiscard]] const Grid& evidence() const { return evidence_; }
  [[nodiscard]] const Grid& weight() const { return weight_; }

 private:
  void find_shift();
  void find_block_shifts();
  void try_block_shift(int dx, int dy);
  void find_flow(const Grid& luma);
  void carry_along();
  void compare_with_background(const Grid& far_weight);

  Grid previous_;
  std::vector<std::int16_t> levels_now_, levels_before_;
  int shift_x_ = 0;
  int shift_y_ = 0;
  // Of each block, in cells, the shift of the whole picture included.
  std::vector<std::int16_t> block_x_, block_y_;
  int blocks_across_ = 0;
  // While they are searched for: the least cost of each block, and memory.
  std::vector<std::int32_t> least_;
  std::vector<std::int16_t> columns_;
  std::array<std::vector<std::int32_t>, 2> squares_;
  // Products of gradients: xx, xy, yy, xt, yt.
  Grid products_[5];
  Grid flow_x_, flow_y_, confidence_;
  Grid smooth_x_, smooth_y_;
  Grid evidence_, weight_, scratch_;
  Grid nearness_, trust_;
};

}  // namespace streamkit::stereo

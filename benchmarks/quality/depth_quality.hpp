#pragma once

#include <streamkit/core/depth_estimator.hpp>
#include <vector>

// How near guessed depth comes to the truth. Both are inverse depth, of any scale.
namespace streamkit::quality {

struct DepthScore {
  /// Spearman's rank correlation: 1 the same order, 0 none, -1 reversed. 0 where either is
  /// constant.
  double rank = 0;
  /// What is left of the truth's standard deviation after the best scale and shift: 0 nothing, 1
  /// all of it. A scale may be negative, so a reversed order looks good here: read both.
  double error = 1;
};

/// Of equally many values; places where the truth is not above `unknown` do not count.
[[nodiscard]] DepthScore score(const std::vector<float>& guess, const std::vector<float>& truth,
                               float unknown = 0.0F);

/// The share of pairs of places in the right order, of places side by side: 2 to 15 % of the width
/// apart, at most half of that up or down, and whose truth differs by more than 15 %. An equal
/// guess counts half. It is what the eye sees in 3D; the rank mostly rewards the ramp from bottom
/// to top. The pairs are always the same, at most 20,000. 0 if there is none. Places where the
/// truth is not above 0 do not count.
[[nodiscard]] double side_by_side_order(const DepthMap& guess, const DepthMap& truth);

/// The image row alone, lower is nearer: what any guess must beat.
[[nodiscard]] DepthMap row_depth(int width_px, int height_px);

/// From the lowest to the highest value, without 2 % at each end.
[[nodiscard]] double spread(std::vector<float> values);

/// Mean change of depth between two maps of one size where `still` says so; 0 where it never does.
[[nodiscard]] double change(const DepthMap& before, const DepthMap& after,
                            const std::vector<bool>& still);

}  // namespace streamkit::quality

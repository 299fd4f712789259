#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "stereo/camera_translation.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Finds for each place of a frame how far it moved along the travel of the camera, where that
/// travel is known: a few distances are tried for the whole frame, and each place takes the one at
/// which it looks alike, and at which its neighbours do.
/// Sources: R. Collins, "A space-sweep approach to true multi-image matching", CVPR 1996;
/// H. Hirschmueller, "Stereo processing by semiglobal matching and mutual information", TPAMI 2008.
class PlaneSweep {
 public:
  /// Distances that are tried.
  static constexpr int kSteps = 16;

  /// Looks for parallax from `low` to `high`: motion in cells at a place where
  /// CameraTranslation::towards() is `typical`. Luma from 0 to 1. Precondition: grids of one size;
  /// low < high.
  void find(const Grid& before, const Grid& now, const CameraTranslation& camera, double typical,
            double low, double high);

  [[nodiscard]] const Grid& parallax() const { return parallax_; }
  /// Returns from 0 to 1 how clearly a place itself, without its neighbours, shows its parallax.
  [[nodiscard]] const Grid& clearness() const { return clearness_; }

 private:
  using Costs = std::array<std::int16_t, kSteps>;
  void compare(const Grid& before, const Grid& now, const CameraTranslation& camera, double typical,
               double low, double step);
  void gather();
  void pass_along(int first, int count, int stride, const Grid& now);
  void choose(double low, double step);

  int width_ = 0;
  int height_ = 0;
  std::vector<Costs> costs_, gathered_, sums_;
  Grid parallax_, clearness_;
};

}  // namespace streamkit::stereo

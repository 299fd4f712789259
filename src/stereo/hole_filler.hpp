#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

#include "stereo/row_warp.hpp"

namespace streamkit::stereo {

/// Maps a plane's pixels to the rows and columns of shifts: by `>> row_shift`, and
/// `<< column_shift`.
struct PlaneLayout {
  int row_shift = 0;
  int column_shift = 0;
};

/// Continues the background into holes: along the row with its last pixel, and deeper in the hole
/// increasingly with those of the rows above and below, where the same hole continues there. The
/// plain lines of the first alone would be visible; in time the fill is as steady as its source.
/// Beyond the source's own edges, where a wide band would look smeared, the mirrored source adds
/// grain.
class HoleFiller {
 public:
  /// Fills the holes in row `y` of `view`. `holes` contains those of each row of shifts.
  template <typename Sample>
  void fill(std::span<const std::vector<HoleRun>> holes, PlaneLayout layout,
            const VideoPlane& source, const WritablePlane& view, int y);

 private:
  struct Place {
    std::span<const std::vector<HoleRun>> holes;
    PlaneLayout layout;
    const VideoPlane& source;
    int y;
  };
  template <typename Sample>
  void add_rows(const Place& place, const HoleRun& hole, int direction);

  std::vector<std::int32_t> sums_;
  std::vector<std::int32_t> weights_;
};

}  // namespace streamkit::stereo

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace streamkit::stereo {

/// Positions in a row are in 1/256 pixel.
inline constexpr int kSubpixelBits = 8;
inline constexpr int kSubpixel = 1 << kSubpixelBits;

enum class Eye { Left, Right };

/// A run of columns in an eye's row that no pixel of the source covers.
struct HoleRun {
  int begin = 0;
  int end = 0;
  /// The source column of the adjacent background pixel, visible or not.
  int edge = 0;
  /// That column minus the column that it moved to, rounded to a whole pixel.
  int offset = 0;
  /// Whether the background is to the right of the hole; otherwise it is to the left.
  bool background_right = true;
};

/// A row of one eye: for each column the position that it reads in the source row, in 1/kSubpixel
/// of a pixel, from 0 to the last pixel. Columns in holes read the edge of the background.
struct WarpedRow {
  std::vector<std::int32_t> sources;
  /// From left to right.
  std::vector<HoleRun> holes;
};

/// Inverts the shifts of a row: the left eye's pixels move right by them, the right eye's left.
/// Nearer pixels hide farther ones.
void invert_shifts(std::span<const std::int32_t> shifts, Eye eye, WarpedRow& row);

}  // namespace streamkit::stereo

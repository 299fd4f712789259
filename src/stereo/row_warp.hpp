#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace streamkit::stereo {

/// Positions in a row are in 1/256 pixel.
inline constexpr int kSubpixelBits = 8;
inline constexpr int kSubpixel = 1 << kSubpixelBits;

enum class Eye { Left, Right };

/// Columns of an eye's row that no pixel of the source covers.
struct HoleRun {
  int begin = 0;
  int end = 0;
  /// The source's column of the background pixel beside it, seen or not.
  int edge = 0;
  /// That column less the one it moved to, to the whole pixel.
  int offset = 0;
  /// Whether the background lies to the right of the hole, else to the left.
  bool background_right = true;
};

/// An eye's row: for each column where in the source row it looks, kSubpixel to the pixel, from 0
/// to the last pixel. Columns in holes look at the background's edge.
struct WarpedRow {
  std::vector<std::int32_t> sources;
  /// From left to right.
  std::vector<HoleRun> holes;
};

/// Turns a row's shifts around: the left eye's pixels move right by them, the right eye's left.
/// Nearer pixels hide farther ones.
void invert_shifts(std::span<const std::int32_t> shifts, Eye eye, WarpedRow& row);

}  // namespace streamkit::stereo

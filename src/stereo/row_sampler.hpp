#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace streamkit::stereo {

/// The row at a position between pixels (kSubpixel to the pixel, not beyond the last pixel):
/// the straight line between the two pixels beside it, bent by the two beyond those, so that
/// detail stays as sharp as by Catmull and Rom's cubic. Exact to 1/128 of a pixel.
/// What sample_row() computes, for one column.
[[nodiscard]] inline std::uint8_t sample_at(const std::uint8_t* row, int last,
                                            std::int32_t source) {
  const int x = source >> 8;
  const int t = (source >> 1) & 127;
  const int before = row[std::max(x - 1, 0)];
  const int here = row[x];
  const int next = row[std::min(x + 1, last)];
  const int after = row[std::min(x + 2, last)];
  const int bend = (t * (128 - t)) >> 6;
  const int moved = t * (next - here) + ((bend * (here + next - before - after)) >> 3);
  return static_cast<std::uint8_t>(std::clamp(here + ((moved + 64) >> 7), 0, 255));
}

/// Reads a row of `last + 1` pixels at each of `sources`.
void sample_row(std::span<const std::int32_t> sources, const std::uint8_t* row, int last,
                std::uint8_t* to);

}  // namespace streamkit::stereo

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace streamkit::stereo {

/// The row at a position between pixels (kSubpixel to the pixel, not beyond the last pixel):
/// the straight line between the two pixels beside it, bent by the two beyond those, so that
/// detail stays as sharp as by Catmull and Rom's cubic. Exact to 1/128 of a pixel.
/// What RowSampler computes, for one column.
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

/// Reads rows of pixels where columns look that are told once for all of them. Keeps its memory.
class RowSampler {
 public:
  /// Where each column looks in rows of `last + 1` pixels. Read until the last sample().
  void plan(std::span<const std::int32_t> sources, int last);
  void sample(const std::uint8_t* row, std::uint8_t* to) const;

  /// Columns that are read at once.
  static constexpr int kBlock = 32;
  struct Block {
    /// The pixel that the block's first column would look at if it looked as far to the side as the
    /// least far one does.
    std::int32_t first;
    /// How many distances there are from the least to the most; 0: too many.
    std::int32_t distances;
  };

 private:
  std::span<const std::int32_t> sources_;
  int last_ = 0;
  std::vector<Block> blocks_;
  // Of each column the share of the next pixel, of 128, and its distance less the block's least.
  std::vector<std::int16_t> shares_;
  std::vector<std::uint8_t> sides_;
};

}  // namespace streamkit::stereo

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "stereo/samples.hpp"

namespace streamkit::stereo {

/// Returns the value of the row at a position between pixels (in 1/kSubpixel of a pixel, not beyond
/// the last pixel): a straight line between the two nearest pixels, bent by the next two, so that
/// detail stays as sharp as with a Catmull-Rom cubic. Exact to 1/128 of a pixel. RowSampler
/// computes the same value for each column.
template <typename Sample>
[[nodiscard]] Sample sample_at(const Sample* row, int last, std::int32_t source) {
  const int x = source >> 8;
  const int t = (source >> 1) & 127;
  const int before = row[std::max(x - 1, 0)];
  const int here = row[x];
  const int next = row[std::min(x + 1, last)];
  const int after = row[std::min(x + 2, last)];
  const int bend = (t * (128 - t)) >> 6;
  const int moved = t * (next - here) + ((bend * (here + next - before - after)) >> 3);
  return static_cast<Sample>(std::clamp(here + ((moved + 64) >> 7), 0, kLargest<Sample>));
}

/// Samples several rows of pixels at the same positions, which are planned once. Keeps its memory.
class RowSampler {
 public:
  /// Sets the position that each column reads in rows of `last + 1` pixels. `sources` is read until
  /// the last sample().
  void plan(std::span<const std::int32_t> sources, int last);
  void sample(const std::uint8_t* row, std::uint8_t* to) const;
  void sample(const std::uint16_t* row, std::uint16_t* to) const;

  /// The number of columns that are sampled together.
  static constexpr int kBlock = 32;
  struct Block {
    /// The pixel that the block's first column would read at the least distance of all columns.
    std::int32_t first;
    /// The number of distances from the least to the largest; 0 if there are too many.
    std::int32_t distances;
  };

 private:
  template <typename Sample>
  void sample_row(const Sample* row, Sample* to) const;

  std::span<const std::int32_t> sources_;
  int last_ = 0;
  std::vector<Block> blocks_;
  // For each column: the weight of the next pixel, of 128, and its distance minus the least of the
  // block.
  std::vector<std::int16_t> shares_;
  std::vector<std::uint8_t> sides_;
};

}  // namespace streamkit::stereo

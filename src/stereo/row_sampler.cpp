#include "stereo/row_sampler.hpp"

#include <cstddef>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Loops of this length become vectors; those of fewer rounds are unrolled before they could.
constexpr int kBlock = 32;
// Distances for which a block is sampled as a whole; with more its pixels are faster one by one.
constexpr int kMostOffsets = 4;

// How far to the side a column looks, to the whole pixel.
STREAMKIT_INLINE std::int32_t offset_of(const std::int32_t* source, int i) {
  return (source[i] >> 8) - i;
}

// The least and the most that the block's columns look to the side.
struct Offsets {
  std::int32_t least;
  std::int32_t most;
};

STREAMKIT_INLINE Offsets offsets_of(const std::int32_t* source) {
  Offsets offsets{offset_of(source, 0), offset_of(source, 0)};
  for (int i = 0; i < kBlock; ++i) {
    const std::int32_t offset = offset_of(source, i);
    offsets.least = std::min(offsets.least, offset);
    offsets.most = std::max(offsets.most, offset);
  }
  return offsets;
}

// sample_at() for a block, in 16 bits, which no sum leaves: |moved| < 32768. `from` is the pixel
// before the one that the first column looks at.
STREAMKIT_INLINE void sample_even(const std::int32_t* __restrict source,
                                  const std::uint8_t* __restrict from,
                                  std::uint8_t* __restrict to) {
  for (int i = 0; i < kBlock; ++i) {
    const auto t = static_cast<std::int16_t>((source[i] >> 1) & 127);
    const auto before = static_cast<std::int16_t>(from[i]);
    const auto here = static_cast<std::int16_t>(from[i + 1]);
    const auto next = static_cast<std::int16_t>(from[i + 2]);
    const auto after = static_cast<std::int16_t>(from[i + 3]);
    const auto bend = static_cast<std::int16_t>(static_cast<std::int16_t>(t * (128 - t)) >> 6);
    const auto outer = static_cast<std::int16_t>(here + next - before - after);
    const auto bent = static_cast<std::int16_t>(static_cast<std::int16_t>(bend * outer) >> 3);
    const auto moved = static_cast<std::int16_t>(t * (next - here) + bent + 64);
    const auto value = static_cast<std::int16_t>(here + (moved >> 7));
    to[i] =
        static_cast<std::uint8_t>(std::min<std::int16_t>(std::max<std::int16_t>(value, 0), 255));
  }
}

// The same where columns look differently far: once for each distance, and each column from its
// own. `row` is where the first column would look at a distance of 0.
STREAMKIT_INLINE void sample_uneven(const std::int32_t* __restrict source, Offsets offsets,
                                    const std::uint8_t* row, std::uint8_t* __restrict to) {
  sample_even(source, row + offsets.least - 1, to);
  std::uint8_t more[kBlock];
  for (std::int32_t offset = offsets.least + 1; offset <= offsets.most; ++offset) {
    sample_even(source, row + offset - 1, more);
    for (int i = 0; i < kBlock; ++i) to[i] = offset_of(source, i) == offset ? more[i] : to[i];
  }
}

}  // namespace

STREAMKIT_SIMD_CLONES void sample_row(std::span<const std::int32_t> sources,
                                      const std::uint8_t* row, int last, std::uint8_t* to) {
  const std::int32_t* source = sources.data();
  const auto width = static_cast<int>(sources.size());
  int x = 0;
  for (; x + kBlock <= width; x += kBlock) {
    const std::int32_t* at = source + x;
    const Offsets offsets = offsets_of(at);
    // With all pixels that are looked at, and those beside them, in the row.
    const bool inside = offsets.least >= 1 && offsets.most + kBlock + 1 <= last;
    if (inside && offsets.most - offsets.least < kMostOffsets) {
      sample_uneven(at, offsets, row, to + x);
    } else {
      for (int i = 0; i < kBlock; ++i) to[x + i] = sample_at(row, last, at[i]);
    }
  }
  for (; x < width; ++x) to[x] = sample_at(row, last, source[x]);
}

}  // namespace streamkit::stereo

#include "stereo/row_sampler.hpp"

#include <cstddef>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Loops of this length become vectors; those of fewer rounds are unrolled before they could.
constexpr int kBlock = 32;

// How far to the side a column looks, to the whole pixel.
STREAMKIT_INLINE std::int32_t offset_of(const std::int32_t* source, int i) {
  return (source[i] >> 8) - i;
}

// Whether each of the block's columns looks as far to the side as the first or as the last one: its
// pixels then lie in one row or in two, and no gathering is needed.
STREAMKIT_INLINE bool has_two_offsets(const std::int32_t* source, std::int32_t first,
                                      std::int32_t last) {
  std::int32_t differs = 0;
  for (int i = 0; i < kBlock; ++i) {
    const std::int32_t offset = offset_of(source, i);
    differs |= (offset - first) * (offset - last);
  }
  return differs == 0;
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

// The same where columns that do not look `offset` far look from `other`.
STREAMKIT_INLINE void sample_mixed(const std::int32_t* __restrict source, std::int32_t offset,
                                   const std::uint8_t* __restrict from,
                                   const std::uint8_t* __restrict other,
                                   std::uint8_t* __restrict to) {
  std::uint8_t second[kBlock];
  sample_even(source, from, to);
  sample_even(source, other, second);
  for (int i = 0; i < kBlock; ++i) to[i] = offset_of(source, i) == offset ? to[i] : second[i];
}

// Whether the pixels that a block looks at by this offset, and those beside them, are in the row.
STREAMKIT_INLINE bool is_inside(std::int32_t begin, std::int32_t last) {
  return begin >= 0 && begin + kBlock + 2 <= last;
}

}  // namespace

STREAMKIT_SIMD_CLONES void sample_row(std::span<const std::int32_t> sources,
                                      const std::uint8_t* row, int last, std::uint8_t* to) {
  const std::int32_t* source = sources.data();
  const auto width = static_cast<int>(sources.size());
  int x = 0;
  for (; x + kBlock <= width; x += kBlock) {
    const std::int32_t* at = source + x;
    const std::int32_t first = offset_of(at, 0);
    const std::int32_t other = offset_of(at, kBlock - 1);
    if (!is_inside(first - 1, last) || !is_inside(other - 1, last) ||
        !has_two_offsets(at, first, other)) {
      for (int i = 0; i < kBlock; ++i) to[x + i] = sample_at(row, last, at[i]);
    } else if (first == other) {
      sample_even(at, row + first - 1, to + x);
    } else {
      sample_mixed(at, first, row + first - 1, row + other - 1, to + x);
    }
  }
  for (; x < width; ++x) to[x] = sample_at(row, last, source[x]);
}

}  // namespace streamkit::stereo

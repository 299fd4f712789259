#include "stereo/row_sampler.hpp"

#include <cstddef>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr std::size_t kBlock = 32;

// All of the block's columns look equally far to the side, to the whole pixel: its pixels lie in a
// row, and no gathering is needed.
STREAMKIT_INLINE bool moves_as_one(const std::int32_t* source) {
  const std::int32_t first = source[0] >> 8;
  std::int32_t differs = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    differs |= ((source[i] >> 8) - static_cast<std::int32_t>(i)) ^ first;
  }
  return differs == 0;
}

// sample_at() in 16 bits, which no sum leaves: |moved| + 64 < 32768.
STREAMKIT_INLINE void sample_block(const std::int32_t* __restrict source,
                                   const std::uint8_t* __restrict from,
                                   std::uint8_t* __restrict to) {
  for (std::size_t i = 0; i < kBlock; ++i) {
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

}  // namespace

STREAMKIT_SIMD_CLONES void sample_row(std::span<const std::int32_t> sources,
                                      const std::uint8_t* row, int last, std::uint8_t* to) {
  const std::int32_t* source = sources.data();
  const std::size_t width = sources.size();
  std::size_t x = 0;
  while (x + kBlock <= width) {
    const std::int32_t first = source[x] >> 8;
    if (first >= 1 && first + static_cast<std::int32_t>(kBlock) + 1 <= last &&
        moves_as_one(source + x)) {
      sample_block(source + x, row + first - 1, to + x);
    } else {
      for (std::size_t i = x; i < x + kBlock; ++i) to[i] = sample_at(row, last, source[i]);
    }
    x += kBlock;
  }
  for (; x < width; ++x) to[x] = sample_at(row, last, source[x]);
}

}  // namespace streamkit::stereo

#include "stereo/row_sampler.hpp"

#include <cstddef>
#include <cstring>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Loops of this length are vectorized; a shorter one would be unrolled before it could be.
constexpr int kBlock = RowSampler::kBlock;
// The number of distances up to which a block is sampled as a whole; with more, it is faster to
// sample its pixels one by one.
constexpr std::int32_t kMostDistances = 6;
// The number of pixels that a block reads, including one before and two after.
constexpr int kWindow = kBlock + kMostDistances - 1 + 3;

// Returns the pixel that the block's first column would read at the same distance as column i.
STREAMKIT_INLINE std::int32_t distance_of(const std::int32_t* source, int i) {
  return (source[i] >> 8) - i;
}

STREAMKIT_INLINE RowSampler::Block plan_block(const std::int32_t* __restrict source,
                                              std::int16_t* __restrict shares,
                                              std::uint8_t* __restrict sides) {
  std::int32_t least = distance_of(source, 0);
  std::int32_t most = least;
  for (int i = 0; i < kBlock; ++i) {
    const std::int32_t distance = distance_of(source, i);
    least = std::min(least, distance);
    most = std::max(most, distance);
    shares[i] = static_cast<std::int16_t>((source[i] >> 1) & 127);
  }
  if (most - least >= kMostDistances) return {0, 0};
  if (most > least) {
    for (int i = 0; i < kBlock; ++i) {
      sides[i] = static_cast<std::uint8_t>(distance_of(source, i) - least);
    }
  }
  return {least, most - least + 1};
}

STREAMKIT_SIMD_CLONES void plan_blocks(const std::int32_t* sources, int count,
                                       RowSampler::Block* blocks, std::int16_t* shares,
                                       std::uint8_t* sides) {
  for (int block = 0; block < count; ++block) {
    const int x = block * kBlock;
    blocks[block] = plan_block(sources + x, shares + x, sides + x);
  }
}

// Computes sample_at() for a block in 16 bits, which no sum exceeds: |moved| < 32768. `from` is the
// pixel before the one that the first column reads.
STREAMKIT_INLINE void sample_even(const std::int16_t* __restrict shares,
                                  const std::uint8_t* __restrict from,
                                  std::uint8_t* __restrict to) {
  for (int i = 0; i < kBlock; ++i) {
    const std::int16_t t = shares[i];
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

// Computes the same for a block whose columns read at different distances: all columns at each
// distance, of which each column keeps its own.
STREAMKIT_INLINE void sample_uneven(std::int32_t distances, const std::int16_t* shares,
                                    const std::uint8_t* __restrict sides, const std::uint8_t* from,
                                    std::uint8_t* __restrict to) {
  sample_even(shares, from, to);
  std::uint8_t more[kBlock];
  for (std::int32_t side = 1; side < distances; ++side) {
    sample_even(shares, from + side, more);
    for (int i = 0; i < kBlock; ++i) to[i] = sides[i] == side ? more[i] : to[i];
  }
}

// A row, which must not be read before its first pixel or beyond its last one.
struct PixelRow {
  const std::uint8_t* pixels;
  int last;

  // Returns the pixels from `first` on. Beyond the ends of the row, its outermost pixels are
  // repeated.
  const std::uint8_t* window(int first, std::uint8_t* copy) const {
    const int begin = std::clamp(-first, 0, kWindow);
    const int end = std::clamp(last + 1 - first, begin, kWindow);
    if (begin == 0 && end == kWindow) return pixels + first;
    std::memset(copy, pixels[0], static_cast<std::size_t>(begin));
    std::memcpy(copy + begin, pixels + first + begin, static_cast<std::size_t>(end - begin));
    std::memset(copy + end, pixels[last], static_cast<std::size_t>(kWindow - end));
    return copy;
  }
};

STREAMKIT_SIMD_CLONES void sample_blocks(const RowSampler::Block* blocks, int count,
                                         const std::int16_t* shares, const std::uint8_t* sides,
                                         PixelRow row, std::uint8_t* to) {
  for (int block = 0; block < count; ++block) {
    if (blocks[block].distances == 0) continue;
    const int x = block * kBlock;
    std::uint8_t copy[kWindow];
    const std::uint8_t* from = row.window(blocks[block].first - 1, copy);
    sample_uneven(blocks[block].distances, shares + x, sides + x, from, to + x);
  }
}

}  // namespace

void RowSampler::plan(std::span<const std::int32_t> sources, int last) {
  sources_ = sources;
  last_ = last;
  const std::size_t count = sources.size() / kBlock;
  blocks_.resize(count);
  shares_.resize(count * kBlock);
  sides_.resize(count * kBlock);
  plan_blocks(sources.data(), static_cast<int>(count), blocks_.data(), shares_.data(),
              sides_.data());
}

void RowSampler::sample(const std::uint8_t* row, std::uint8_t* to) const {
  sample_blocks(blocks_.data(), static_cast<int>(blocks_.size()), shares_.data(), sides_.data(),
                {row, last_}, to);
  const auto one_by_one = [&](std::size_t begin, std::size_t end) {
    for (std::size_t x = begin; x < end; ++x) to[x] = sample_at(row, last_, sources_[x]);
  };
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    if (blocks_[block].distances == 0) one_by_one(block * kBlock, (block + 1) * kBlock);
  }
  one_by_one(blocks_.size() * kBlock, sources_.size());
}

}  // namespace streamkit::stereo

#include "stereo/row_sampler.hpp"

#include <cstddef>

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

// The type that no sum of sample_at() exceeds: of 8 bits, |moved| < 32768.
template <typename Sample>
struct SumOf {
  using Type = std::int32_t;
};
template <>
struct SumOf<std::uint8_t> {
  using Type = std::int16_t;
};

// Computes sample_at() for a block. `from` is the pixel before the one that the first column reads.
template <typename Sample>
STREAMKIT_INLINE void sample_even(const std::int16_t* __restrict shares,
                                  const Sample* __restrict from, Sample* __restrict to) {
  using Sum = typename SumOf<Sample>::Type;
  for (int i = 0; i < kBlock; ++i) {
    const Sum t = shares[i];
    const auto before = static_cast<Sum>(from[i]);
    const auto here = static_cast<Sum>(from[i + 1]);
    const auto next = static_cast<Sum>(from[i + 2]);
    const auto after = static_cast<Sum>(from[i + 3]);
    const auto bend = static_cast<Sum>(static_cast<Sum>(t * (128 - t)) >> 6);
    const auto outer = static_cast<Sum>(here + next - before - after);
    const auto bent = static_cast<Sum>(static_cast<Sum>(bend * outer) >> 3);
    const auto moved = static_cast<Sum>(t * (next - here) + bent + 64);
    const auto value = static_cast<Sum>(here + (moved >> 7));
    to[i] = static_cast<Sample>(std::min<Sum>(std::max<Sum>(value, 0), kLargest<Sample>));
  }
}

// Computes the same for a block whose columns read at different distances: all columns at each
// distance, of which each column keeps its own.
template <typename Sample>
STREAMKIT_INLINE void sample_uneven(std::int32_t distances, const std::int16_t* shares,
                                    const std::uint8_t* __restrict sides, const Sample* from,
                                    Sample* __restrict to) {
  sample_even(shares, from, to);
  Sample more[kBlock];
  for (std::int32_t side = 1; side < distances; ++side) {
    sample_even(shares, from + side, more);
    for (int i = 0; i < kBlock; ++i) to[i] = sides[i] == side ? more[i] : to[i];
  }
}

// A row, which must not be read before its first pixel or beyond its last one.
template <typename Sample>
struct PixelRow {
  const Sample* pixels;
  int last;

  // Returns the pixels from `first` on. Beyond the ends of the row, its outermost pixels are
  // repeated.
  const Sample* window(int first, Sample* copy) const {
    const int begin = std::clamp(-first, 0, kWindow);
    const int end = std::clamp(last + 1 - first, begin, kWindow);
    if (begin == 0 && end == kWindow) return pixels + first;
    std::fill_n(copy, begin, pixels[0]);
    std::copy_n(pixels + first + begin, end - begin, copy + begin);
    std::fill_n(copy + end, kWindow - end, pixels[last]);
    return copy;
  }
};

// What a row of blocks is sampled by.
struct Plan {
  const RowSampler::Block* blocks;
  int count;
  const std::int16_t* shares;
  const std::uint8_t* sides;
};

template <typename Sample>
STREAMKIT_INLINE void sample_each_block(const Plan& plan, PixelRow<Sample> row, Sample* to) {
  for (int block = 0; block < plan.count; ++block) {
    if (plan.blocks[block].distances == 0) continue;
    const int x = block * kBlock;
    Sample copy[kWindow];
    const Sample* from = row.window(plan.blocks[block].first - 1, copy);
    sample_uneven(plan.blocks[block].distances, plan.shares + x, plan.sides + x, from, to + x);
  }
}

STREAMKIT_SIMD_CLONES void sample_blocks(Plan plan, PixelRow<std::uint8_t> row, std::uint8_t* to) {
  sample_each_block(plan, row, to);
}
STREAMKIT_SIMD_CLONES void sample_blocks(Plan plan, PixelRow<std::uint16_t> row,
                                         std::uint16_t* to) {
  sample_each_block(plan, row, to);
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

template <typename Sample>
void RowSampler::sample_row(const Sample* row, Sample* to) const {
  const Plan plan{blocks_.data(), static_cast<int>(blocks_.size()), shares_.data(), sides_.data()};
  sample_blocks(plan, PixelRow<Sample>{row, last_}, to);
  const auto one_by_one = [&](std::size_t begin, std::size_t end) {
    for (std::size_t x = begin; x < end; ++x) to[x] = sample_at(row, last_, sources_[x]);
  };
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    if (blocks_[block].distances == 0) one_by_one(block * kBlock, (block + 1) * kBlock);
  }
  one_by_one(blocks_.size() * kBlock, sources_.size());
}

void RowSampler::sample(const std::uint8_t* row, std::uint8_t* to) const { sample_row(row, to); }
void RowSampler::sample(const std::uint16_t* row, std::uint16_t* to) const { sample_row(row, to); }

}  // namespace streamkit::stereo

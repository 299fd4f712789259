#include "stereo/depth_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace streamkit::stereo {
namespace {

DepthState example() {
  DepthState state;
  state.numbers = {0.25F, quantize(0.7F)};
  for (int g = 0; g < 3; ++g) {
    Grid grid;
    grid.resize(5, 4);
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
      grid.values[i] = quantize(static_cast<float>(i) * 0.13F - static_cast<float>(g));
    }
    state.grids.push_back(grid);
  }
  return state;
}

ErrorCode refusal(const Bytes& bytes, int longest_side = 16) {
  const auto read = read_depth_state(bytes, 2, 3, longest_side);
  return read ? ErrorCode::Internal : read.error().code;
}

TEST(DepthState, RoundsToWhatTwoBytesHold) {
  for (const float value : {-1.0F, 0.0F, 0.5F, 1.0F, 2.5F}) EXPECT_EQ(quantize(value), value);
  for (float value = -0.99F; value < 2.99F; value += 0.0137F) {
    EXPECT_NEAR(quantize(value), value, 1.0F / 32768);
    EXPECT_EQ(quantize(quantize(value)), quantize(value));
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(quantize(-kInfinity), -1.0F);
  EXPECT_EQ(quantize(-7.0F), -1.0F);
  EXPECT_EQ(quantize(kInfinity), quantize(99.0F));
  EXPECT_LT(quantize(kInfinity), 3.0F);
  EXPECT_EQ(quantize(std::nanf("")), 0.0F);
}

TEST(DepthState, GoesBothWays) {
  const DepthState state = example();
  const Bytes bytes = write_depth_state(state);
  EXPECT_EQ(bytes.size(), 12U + 2 * (2 + 3 * 20) + 4);
  const auto read = read_depth_state(bytes, 2, 3, 16);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->numbers, state.numbers);
  ASSERT_EQ(read->grids.size(), 3U);
  for (std::size_t g = 0; g < 3; ++g) {
    EXPECT_TRUE(read->grids[g].same_size(state.grids[g]));
    EXPECT_EQ(read->grids[g].values, state.grids[g].values);
  }
  EXPECT_EQ(write_depth_state(*read), bytes);
}

TEST(DepthState, NoticesEveryChangedBitAndEveryCut) {
  const Bytes good = write_depth_state(example());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    EXPECT_FALSE(read_depth_state(changed, 2, 3, 16)) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
              ErrorCode::CorruptData)
        << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(refusal(longer), ErrorCode::CorruptData);
}

TEST(DepthState, TellsWhatIsForeignFromWhatIsDamaged) {
  const Bytes good = write_depth_state(example());
  EXPECT_EQ(refusal(good, 4), ErrorCode::Unsupported) << "larger than this estimator's maps";
  Bytes other_version = good;
  other_version[4] = kDepthStateVersion + 1;
  EXPECT_EQ(refusal(other_version), ErrorCode::Unsupported);
  EXPECT_EQ(refusal(Bytes(64, 0x41)), ErrorCode::Unsupported);
  EXPECT_EQ(read_depth_state(good, 2, 4, 16).error().code, ErrorCode::Unsupported);
  EXPECT_EQ(read_depth_state(good, 1, 3, 16).error().code, ErrorCode::Unsupported);
  Bytes flipped = good;
  flipped[20] ^= 1;
  EXPECT_EQ(refusal(flipped), ErrorCode::CorruptData);
  EXPECT_EQ(refusal({}), ErrorCode::CorruptData);
}

}  // namespace
}  // namespace streamkit::stereo

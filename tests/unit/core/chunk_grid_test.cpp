#include <gtest/gtest.h>

#include <random>
#include <streamkit/core/chunk_grid.hpp>

namespace streamkit {
namespace {

using namespace std::chrono_literals;

TEST(ChunkGrid, CutsHalfOpenIntervals) {
  const ChunkGrid grid{2s};
  EXPECT_EQ(grid.index_of(MediaTime{0}), 0U);
  EXPECT_EQ(grid.index_of(MediaTime(2s) - MediaTime{1}), 0U);
  EXPECT_EQ(grid.index_of(2s), 1U);
  EXPECT_EQ(grid.index_of(MediaTime(4s) - MediaTime{1}), 1U);
  EXPECT_EQ(grid.index_of(4s), 2U);
}

TEST(ChunkGrid, PutsWhatComesBeforeTheStartIntoTheFirstChunk) {
  EXPECT_EQ(ChunkGrid{}.index_of(-1s), 0U);
  EXPECT_EQ(ChunkGrid{}.index_of(MediaTime::min()), 0U);
}

TEST(ChunkGrid, StartsAChunkWhereTheIndexChanges) {
  const ChunkGrid grid{1s};
  EXPECT_FALSE(grid.starts_chunk(0s, 500ms));
  EXPECT_TRUE(grid.starts_chunk(960ms, 1s));
  EXPECT_FALSE(grid.starts_chunk(1s, 1040ms));
  EXPECT_TRUE(grid.starts_chunk(900ms, 3100ms)) << "a gap";
}

TEST(ChunkGrid, CutsNtscFramesWithoutDrift) {
  const ChunkGrid grid{};
  const FrameRate rate{30000, 1001};
  std::uint64_t cuts = 0;
  const std::int64_t frames = 30 * 3600;  // a little over an hour
  for (std::int64_t n = 1; n < frames; ++n) {
    if (grid.starts_chunk(rate.time_of(n - 1), rate.time_of(n))) ++cuts;
  }
  EXPECT_EQ(cuts, grid.index_of(rate.time_of(frames - 1)));
}

TEST(ChunkGrid, EveryTimeLiesWithinItsChunk) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const MediaTime length{
        std::uniform_int_distribution<std::int64_t>(1, MediaTime(60s).count())(random)};
    const MediaTime pts{
        std::uniform_int_distribution<std::int64_t>(0, MediaTime(1000h).count())(random)};
    const auto index = static_cast<std::int64_t>(ChunkGrid{length}.index_of(pts));
    EXPECT_LE(index * length, pts);
    EXPECT_LT(pts - index * length, length);
  }
}

}  // namespace
}  // namespace streamkit

#include "quality/depth_quality.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace streamkit::quality {
namespace {

TEST(DepthQuality, TheSameOrderIsOneAndTheReverseMinusOne) {
  const std::vector<float> truth = {1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(score({0.1F, 0.2F, 0.3F, 0.4F, 0.9F}, truth).rank, 1);
  EXPECT_DOUBLE_EQ(score({5, 4, 3, 2, 1}, truth).rank, -1);
  EXPECT_DOUBLE_EQ(score({7, 7, 7, 7, 7}, truth).rank, 0);
}

TEST(DepthQuality, TiesShareTheirRank) {
  // Ranks 0.5 0.5 2 3 against 0 1 2 3: 4.5 / sqrt(4.5 * 5).
  EXPECT_NEAR(score({1, 1, 2, 3}, {1, 2, 3, 4}).rank, 4.5 / std::sqrt(4.5 * 5), 1e-12);
}

TEST(DepthQuality, ScaleAndShiftAreForgiven) {
  const std::vector<float> truth = {1, 2, 3, 4};
  EXPECT_NEAR(score({12, 14, 16, 18}, truth).error, 0, 1e-6);
  // Correlation 0.8, so 0.6 is left.
  EXPECT_NEAR(score({1, 3, 2, 4}, truth).error, 0.6, 1e-6);
  EXPECT_DOUBLE_EQ(score({3, 3, 3, 3}, truth).error, 1);
}

TEST(DepthQuality, UnknownTruthDoesNotCount) {
  EXPECT_DOUBLE_EQ(score({9, 1, 2, 3}, {0, 1, 2, 3}).rank, 1);
  EXPECT_DOUBLE_EQ(score({9, 1}, {0, 0}).rank, 0);
  EXPECT_NEAR(score({9, 1, 2}, {0, 1, 2}, -1).rank, -0.5, 1e-12);
}

TEST(DepthQuality, SpreadLeavesTheOutermostOut) {
  std::vector<float> values(100, 0.5F);
  values[3] = 9;
  EXPECT_DOUBLE_EQ(spread(values), 0);
  for (int i = 0; i < 100; ++i) values[static_cast<std::size_t>(i)] = static_cast<float>(i);
  EXPECT_DOUBLE_EQ(spread(values), 95);
}

TEST(DepthQuality, ChangeLooksAtWhatIsStill) {
  const DepthMap before{2, 1, {0.25F, 0.5F}};
  const DepthMap after{2, 1, {0.5F, 0.0F}};
  EXPECT_DOUBLE_EQ(change(before, after, {true, false}), 0.25);
  EXPECT_DOUBLE_EQ(change(before, after, {true, true}), 0.375);
  EXPECT_DOUBLE_EQ(change(before, after, {false, false}), 0);
}

}  // namespace
}  // namespace streamkit::quality

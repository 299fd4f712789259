#include "stereo/row_warp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace streamkit::stereo {
namespace {

// Where position `i` of the right eye's row must look on an even slope, by the definition.
double exact_source(const std::vector<std::int32_t>& shifts, int i) {
  for (std::size_t x = 0; x + 1 < shifts.size(); ++x) {
    const double from = static_cast<double>(x) - shifts[x] / 256.0;
    const double to = static_cast<double>(x + 1) - shifts[x + 1] / 256.0;
    if (from < i && i <= to) return static_cast<double>(x) + (i - from) / (to - from);
  }
  return -1;
}

// Slopes that fold nothing and tear nothing, through all whole and part pixels.
TEST(RowWarp, ASlopeIsInvertedToAHundredthOfAPixel) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::int32_t> shifts(400);
    std::int32_t shift = static_cast<std::int32_t>(random() % 6000) - 3000;
    const auto steepest = static_cast<unsigned>(1 + round % 3 * 20);
    for (auto& each : shifts) {
      shift += static_cast<std::int32_t>(random() % (2 * steepest + 1)) -
               static_cast<std::int32_t>(steepest);
      each = shift;
    }
    WarpedRow row;
    invert_shifts(shifts, Eye::Right, row);
    for (int i = 0; i < 400; ++i) {
      const double expected = exact_source(shifts, i);
      if (expected < 0) continue;
      ASSERT_NEAR(row.sources[static_cast<std::size_t>(i)] / 256.0, expected, 0.012)
          << round << " " << i;
    }
  }
}

TEST(RowWarp, TheLeftEyeIsTheRightOneInAMirror) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t width = 1 + random() % 300;
    std::vector<std::int32_t> shifts(width);
    std::int32_t shift = 0;
    for (auto& each : shifts) {
      if (random() % 40 == 0) shift = static_cast<std::int32_t>(random() % 9000) - 4500;
      each = shift += static_cast<std::int32_t>(random() % 9) - 4;
    }
    std::vector<std::int32_t> mirrored(shifts.rbegin(), shifts.rend());
    WarpedRow right;
    WarpedRow left;
    invert_shifts(shifts, Eye::Right, right);
    invert_shifts(mirrored, Eye::Left, left);
    const auto last = static_cast<std::int32_t>(width - 1) * kSubpixel;
    for (std::size_t x = 0; x < width; ++x) {
      ASSERT_EQ(left.sources[width - 1 - x], last - right.sources[x]) << round << " " << x;
    }
    ASSERT_EQ(left.holes.size(), right.holes.size());
    const auto columns = static_cast<int>(width);
    for (std::size_t i = 0; i < right.holes.size(); ++i) {
      const HoleRun& a = right.holes[right.holes.size() - 1 - i];
      EXPECT_EQ(left.holes[i].begin, columns - a.end);
      EXPECT_EQ(left.holes[i].end, columns - a.begin);
      EXPECT_EQ(left.holes[i].edge, columns - 1 - a.edge);
      EXPECT_EQ(left.holes[i].offset, -a.offset);
      EXPECT_NE(left.holes[i].background_right, a.background_right);
    }
  }
}

TEST(RowWarp, HolesAreWhatIsNotCoveredFromLeftToRight) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    const int width = 1 + static_cast<int>(random() % 200);
    std::vector<std::int32_t> shifts(static_cast<std::size_t>(width));
    for (auto& each : shifts) each = static_cast<std::int32_t>(random() % 20'000) - 10'000;
    WarpedRow row;
    for (const Eye eye : {Eye::Left, Eye::Right}) {
      invert_shifts(shifts, eye, row);
      int covered_until = 0;
      for (const HoleRun& hole : row.holes) {
        ASSERT_GE(hole.begin, covered_until);
        ASSERT_GT(hole.end, hole.begin);
        ASSERT_LE(hole.end, width);
        ASSERT_GE(hole.edge, 0);
        ASSERT_LT(hole.edge, width);
        covered_until = hole.end;
      }
      for (const std::int32_t source : row.sources) {
        ASSERT_GE(source, 0);
        ASSERT_LE(source, (width - 1) * kSubpixel);
      }
    }
  }
}

TEST(RowWarp, ANearThingLeavesAHoleOnTheSideThatItLeft) {
  std::vector<std::int32_t> shifts(100, 0);
  std::fill(shifts.begin() + 40, shifts.begin() + 50, 6 * kSubpixel);
  WarpedRow row;
  invert_shifts(shifts, Eye::Right, row);
  ASSERT_EQ(row.holes.size(), 1U);
  EXPECT_EQ(row.holes[0].begin, 44);
  EXPECT_EQ(row.holes[0].end, 50);
  EXPECT_EQ(row.holes[0].edge, 50);
  EXPECT_TRUE(row.holes[0].background_right);
  for (int x = 0; x < 100; ++x) {
    const int expected = x < 34 ? x : x < 44 ? x + 6 : std::max(x, 50);
    EXPECT_EQ(row.sources[static_cast<std::size_t>(x)], expected * kSubpixel) << x;
  }
}

}  // namespace
}  // namespace streamkit::stereo

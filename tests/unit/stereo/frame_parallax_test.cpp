#include "stereo/frame_parallax.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stereo/grid_sampling.hpp"

namespace streamkit::stereo {
namespace {

// Straight stripes at an angle, moved by some cells across themselves.
Grid stripes(double angle, double moved) {
  Grid luma;
  luma.resize(160, 90);
  for (int y = 0; y < luma.height; ++y) {
    for (int x = 0; x < luma.width; ++x) {
      const double at = x * std::cos(angle) + y * std::sin(angle) - moved;
      luma.row(y)[x] = static_cast<float>(0.5 + 0.4 * std::sin(at / 2));
    }
  }
  return luma;
}

void expect_possible(const FrameParallax& found, double angle) {
  for (std::size_t i = 0; i < found.parallax().values.size(); ++i) {
    ASSERT_TRUE(std::isfinite(found.parallax().values[i])) << angle;
    ASSERT_GT(found.variance().values[i], 0) << angle;
    ASSERT_GE(found.odd().values[i], 0) << angle;
  }
  found.each_place([&](std::size_t, double weight) { ASSERT_GT(weight, 0) << angle; });
  EXPECT_GE(found.travels(), 0);
  EXPECT_LE(found.travels(), 1);
}

// Along a straight edge nothing is known, and rounding must not make less than nothing of it.
TEST(FrameParallax, StraightEdgesHaveNoNegativeVariance) {
  for (int i = 0; i < 24; ++i) {
    const double angle = 0.13 * i;
    PictureMotion motion(0.55);
    motion.find(stripes(angle, 0), stripes(angle, 0.7));
    motion.refine();
    FrameParallax found;
    found.find(motion);
    expect_possible(found, angle);
  }
}

TEST(FlowInformation, IsNeverNegative) {
  // A hair less than the square of xy, as rounding makes it.
  const FlowInformation edge{1, 2.0000001, 4};
  EXPECT_EQ(edge.determinant(), 0);
  EXPECT_EQ(edge.along({2, -1}), 0);
  EXPECT_GT(edge.along({1, 2}), 0);
}

TEST(GridSampling, APlaceThatIsNotANumberIsInsideTheGrid) {
  const Grid grid = stripes(0, 0);
  const GridPlace at = place_in(grid, std::nanf(""), std::nanf(""));
  EXPECT_EQ(at.column, 0);
  EXPECT_EQ(at.row, 0);
  const GridPlace last = place_in(grid, 1e30F, 1e30F);
  EXPECT_EQ(last.column, 159);
  EXPECT_EQ(last.row, 89);
}

}  // namespace
}  // namespace streamkit::stereo

#include "stereo/plane_sweep.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "travelled_scene.hpp"

namespace streamkit::stereo {
namespace {

using test::travelled;

// The length of towards() of a camera that passes.
constexpr double kTypical = 1.732;

double card(double x, double y) { return std::abs(x) < 0.3 && std::abs(y) < 0.25 ? 1.2 : 0.3; }

// Between a frame and the next after a step aside, which moves a place by its depth times kTypical.
PlaneSweep swept(const test::InverseDepth& depth) {
  const CameraTranslation camera{{}, {-1, 0, 0}};
  PlaneSweep sweep;
  sweep.find(travelled(camera, depth, -1), travelled(camera, depth, 0), camera, kTypical, 0, 3);
  return sweep;
}

float at(const Grid& grid, int x, int y) { return grid.row(y)[x]; }

TEST(PlaneSweep, TellsHowFarEachPlaceMoved) {
  const PlaneSweep sweep = swept(card);
  EXPECT_NEAR(at(sweep.parallax(), 80, 45), 1.2 * kTypical, 0.25);
  EXPECT_NEAR(at(sweep.parallax(), 20, 45), 0.3 * kTypical, 0.25);
  EXPECT_NEAR(at(sweep.parallax(), 80, 80), 0.3 * kTypical, 0.25);
}

TEST(PlaneSweep, KeepsEdgesSharp) {
  const PlaneSweep sweep = swept(card);
  // The card ends 24 cells from the middle.
  EXPECT_GT(at(sweep.parallax(), 80 + 20, 45), 0.9 * kTypical);
  EXPECT_LT(at(sweep.parallax(), 80 + 29, 45), 0.6 * kTypical);
}

TEST(PlaneSweep, SaysWhereNothingTellsIt) {
  const CameraTranslation camera{{}, {-1, 0, 0}};
  Grid even;
  even.resize(160, 90);
  std::fill(even.values.begin(), even.values.end(), 0.5F);
  PlaneSweep sweep;
  sweep.find(even, even, camera, kTypical, 0, 3);
  EXPECT_LT(at(sweep.clearness(), 80, 45), 0.05F);
  EXPECT_GT(at(swept(card).clearness(), 80, 45), 0.5F);
}

TEST(PlaneSweep, TakesTheSmallestGrids) {
  Grid one;
  one.resize(1, 1);
  one.values = {0.5F};
  PlaneSweep sweep;
  sweep.find(one, one, {}, 1, 0, 1);
  EXPECT_TRUE(std::isfinite(sweep.parallax().values[0]));
}

}  // namespace
}  // namespace streamkit::stereo

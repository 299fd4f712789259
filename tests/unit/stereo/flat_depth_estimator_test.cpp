#include <gtest/gtest.h>

#include <streamkit/stereo/flat_depth_estimator.hpp>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

TEST(FlatDepthEstimator, PutsEveryPictureInOnePlane) {
  FlatDepthEstimator estimator(0.25F);
  DepthMap depth{3, 3, std::vector<float>(9, 1.0F)};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(estimator.estimate(test::grainy(20 + i, 10), depth));
    ASSERT_EQ(depth.values.size(), static_cast<std::size_t>(depth.width_px * depth.height_px));
    for (const float value : depth.values) EXPECT_EQ(value, 0.25F);
    estimator.reset();
  }
}

}  // namespace
}  // namespace streamkit::stereo

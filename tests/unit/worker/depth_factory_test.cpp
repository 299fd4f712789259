#include <streamkit/worker/depth_factory.hpp>

#include <gtest/gtest.h>

#include "stereo/network_fakes.hpp"
#include "worker/shades_reader.hpp"

namespace streamkit::worker {
namespace {

TEST(DepthFactory, EachConversionGetsANetworkOfItsOwn) {
  test::NetworkScript script{.map = [](const VideoFrame&, int) {
    return DepthMap{2, 1, {1.0F, 9.0F}};
  }};
  int networks = 0;
  const DepthEstimatorFactory factory = network_depth([&] {
    ++networks;
    return std::make_unique<test::FakeNetwork>(script);
  });
  EXPECT_EQ(networks, 0);
  for (int i = 1; i <= 2; ++i) {
    const auto estimator = factory();
    ASSERT_TRUE(estimator) << estimator.error().message;
    EXPECT_EQ(networks, i);
    DepthMap depth;
    ASSERT_TRUE((*estimator)->estimate(plain_frame(100, 128, 128), depth));
    EXPECT_EQ(script.seen, i);
    EXPECT_LT(depth.values.front(), 0.1F);
    EXPECT_GT(depth.values.back(), 0.9F);
  }
}

TEST(DepthFactory, ReturnsTheErrorsOfTheEstimator) {
  const auto none = network_depth([] { return std::unique_ptr<DepthNetwork>(); })();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::InvalidArgument);
  test::NetworkScript script;
  const auto never = network_depth([&] { return std::make_unique<test::FakeNetwork>(script); },
                                   {.every_nth = 0})();
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::worker

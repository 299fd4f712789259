#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>

#include "network_fakes.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

constexpr int kWidth = 320;
constexpr int kHeight = 180;

std::unique_ptr<NetworkDepthEstimator> make_estimator(NetworkScript& script,
                                                      NetworkDepthOptions options = {}) {
  auto estimator = NetworkDepthEstimator::create(std::make_unique<FakeNetwork>(script), options);
  EXPECT_TRUE(estimator);
  return std::move(*estimator);
}

DepthMap estimate(DepthEstimator& estimator, const VideoFrame& frame) {
  DepthMap depth;
  const Result<void> done = estimator.estimate(frame, depth);
  EXPECT_TRUE(done);
  EXPECT_EQ(depth.values.size(),
            static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px));
  for (const float value : depth.values) {
    // Written so that NaN fails too.
    if (!(value >= 0 && value <= 1)) {
      ADD_FAILURE() << value;
      break;
    }
  }
  return depth;
}

float difference(const DepthMap& a, const DepthMap& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::abs(a.values[i] - b.values[i]);
  return static_cast<float>(sum / static_cast<double>(a.values.size()));
}

// Patches of 8 px with fine grain on top.
int texture(int x, int y) { return 60 + grain(x >> 3, y >> 3, 80) + grain(x, y, 30); }

constexpr int kLeft = 40;
constexpr int kTop = 60;
constexpr int kSide = 60;

bool is_square(int x, int y, int moved) {
  return x - moved >= kLeft && x - moved < kLeft + kSide && y >= kTop && y < kTop + kSide;
}

// A textured square before a textured wall, each moved to the right by so much.
VideoFrame scene(int square_px, int wall_px = 0) {
  return paint(format_of(kWidth, kHeight), [=](int plane, int x, int y) {
    if (plane != 0) return 128;
    return is_square(x, y, square_px) ? texture(x - square_px + 5000, y)
                                      : texture(x - wall_px + 1000, y);
  });
}

// What a perfect network makes of that, at half the size.
DepthMap square_map(int square_px, float scale = 1, float offset = 0) {
  return depth_of(kWidth / 2, kHeight / 2, [=](int x, int y) {
    return offset + scale * (is_square(2 * x, 2 * y, square_px) ? 1.0F : 0.2F);
  });
}

TEST(NetworkDepthEstimator, StretchesWhateverScaleAndOffset) {
  const auto map_of = [](float scale, float offset) {
    NetworkScript script{[=](const VideoFrame&, int) { return square_map(0, scale, offset); }};
    auto estimator = make_estimator(script);
    estimate(*estimator, scene(0));
    return estimate(*estimator, scene(0));
  };
  const DepthMap expected = map_of(1, 0);
  const auto [least, most] = std::minmax_element(expected.values.begin(), expected.values.end());
  EXPECT_EQ(*least, 0.0F);
  EXPECT_EQ(*most, 1.0F);
  for (const auto& [scale, offset] : {std::pair{1000.0F, 0.0F}, {1e-6F, 0.0F}, {3.0F, -70.0F}}) {
    EXPECT_LT(difference(map_of(scale, offset), expected), 1e-3F) << scale << ' ' << offset;
  }
}

}  // namespace
}  // namespace streamkit::stereo

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <streamkit/stereo/builtin_depth_network.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>

#include "pictures.hpp"
#include "random_network.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

// Thin, as most of this is not about what it computes.
Bytes thin() { return random_network({.channels = {8, 8, 8, 8, 8}}); }

std::unique_ptr<BuiltinDepthNetwork> make(BuiltinDepthOptions options = {}) {
  auto network = BuiltinDepthNetwork::create(thin(), options);
  EXPECT_TRUE(network);
  return std::move(*network);
}

DepthMap infer(DepthNetwork& network, const VideoFrame& frame) {
  DepthMap depth;
  const auto done = network.infer({&frame, 1}, {&depth, 1});
  EXPECT_TRUE(done);
  EXPECT_EQ(depth.values.size(),
            static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px));
  EXPECT_TRUE(std::ranges::all_of(depth.values, [](float value) { return std::isfinite(value); }));
  return depth;
}

int texture(int x, int y) { return 40 + grain(x / 8, y / 8, 120) + grain(x, y, 30); }

VideoFrame textured(int width, int height) {
  return paint(format_of(width, height),
               [](int plane, int x, int y) { return plane == 0 ? texture(x, y) : 128; });
}

TEST(BuiltinDepthNetwork, RejectsAnOptionOutOfRange) {
  for (const int side : {-32, 0, 16, 33, 100, 1056}) {
    const auto network = BuiltinDepthNetwork::create({.short_side_px = side});
    ASSERT_FALSE(network) << side;
    EXPECT_EQ(network.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(BuiltinDepthNetwork, TheNetworkOfTheLibraryIsThere) {
  auto network = BuiltinDepthNetwork::create();
  ASSERT_TRUE(network);
  const DepthMap depth = infer(**network, textured(640, 360));
  EXPECT_EQ(depth.width_px, 80);
  EXPECT_EQ(depth.height_px, 48);
  EXPECT_EQ((*network)->batch(), 1U);
}

TEST(BuiltinDepthNetwork, RejectsADamagedFile) {
  Bytes file = thin();
  file.back() = 0x80;
  const auto network = BuiltinDepthNetwork::create(file);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::CorruptData);
}

TEST(BuiltinDepthNetwork, FollowsTheAspectInStepsOf32) {
  auto network = make();
  const auto size_of = [&](int width, int height) {
    const DepthMap depth = infer(*network, textured(width, height));
    return std::pair{depth.width_px, depth.height_px};
  };
  EXPECT_EQ(size_of(640, 480), (std::pair{64, 48}));
  EXPECT_EQ(size_of(1280, 720), (std::pair{80, 48}));
  EXPECT_EQ(size_of(360, 640), (std::pair{48, 80}));
  EXPECT_EQ(size_of(300, 300), (std::pair{48, 48}));
  EXPECT_EQ(size_of(39, 51), (std::pair{48, 64}));
  EXPECT_EQ(size_of(720, 300), (std::pair{112, 48}));
  EXPECT_EQ(size_of(1, 1), (std::pair{48, 48}));
  EXPECT_EQ(size_of(4000, 2), (std::pair{1024, 48}));
}

TEST(BuiltinDepthNetwork, ALargerSideResolvesMore) {
  auto network = make({.short_side_px = 192});
  const DepthMap depth = infer(*network, textured(640, 360));
  EXPECT_EQ(depth.width_px, 176);
  EXPECT_EQ(depth.height_px, 96);
}

TEST(BuiltinDepthNetwork, SeesTheFrameWithoutItsBars) {
  constexpr int kBar = 40;
  const VideoFrame inner = textured(320, 160);
  const VideoFrame framed = paint(format_of(320, 160 + 2 * kBar), [](int plane, int x, int y) {
    if (plane != 0) return 128;
    return y < kBar || y >= 160 + kBar ? 16 : texture(x, y - kBar);
  });
  auto network = make();
  const DepthMap alone = infer(*network, inner);
  const DepthMap within = infer(*network, framed);
  ASSERT_EQ(alone.height_px, 48);
  EXPECT_EQ(within.width_px, alone.width_px);
  EXPECT_EQ(within.height_px, 72);
  std::vector<float> sorted = alone.values;
  std::sort(sorted.begin(), sorted.end());
  const auto row = static_cast<std::size_t>(alone.width_px);
  EXPECT_TRUE(std::equal(alone.values.begin(), alone.values.end(),
                         within.values.begin() + 12 * alone.width_px));
  for (std::size_t i = 0; i < 12 * row; ++i) {
    EXPECT_EQ(within.values[i], sorted[sorted.size() / 2]);
    EXPECT_EQ(within.values[within.values.size() - 1 - i], sorted[sorted.size() / 2]);
  }
}

TEST(BuiltinDepthNetwork, IsDeterministicAndRemembersNothing) {
  auto network = make();
  const DepthMap first = infer(*network, textured(320, 180));
  EXPECT_GT(std::set<float>(first.values.begin(), first.values.end()).size(), 20U);
  infer(*network, plain(64, 200, 90));
  infer(*network, plain(64, 200, 16));
  EXPECT_EQ(infer(*network, textured(320, 180)).values, first.values);
}

TEST(BuiltinDepthNetwork, TakesSeveralFrames) {
  auto network = make();
  const VideoFrame frames[] = {textured(64, 64), plain(64, 64, 90)};
  DepthMap depths[2];
  ASSERT_TRUE(network->infer(frames, depths));
  EXPECT_EQ(depths[0].values, infer(*network, frames[0]).values);
  EXPECT_EQ(depths[1].values, infer(*network, frames[1]).values);
}

TEST(BuiltinDepthNetwork, RejectsOtherPixels) {
  auto network = make();
  VideoFrame frame = textured(64, 64);
  frame.format.pixel_format = PixelFormat::I420P10;
  DepthMap depth;
  const auto done = network->infer({&frame, 1}, {&depth, 1});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Unsupported);
}

TEST(BuiltinDepthNetwork, IsSteadyWithinAnEstimator) {
  auto estimator = NetworkDepthEstimator::create(make());
  ASSERT_TRUE(estimator);
  DepthMap depth;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*estimator)->estimate(textured(320, 180), depth));
  const auto [least, most] = std::minmax_element(depth.values.begin(), depth.values.end());
  EXPECT_GE(*least, 0.0F);
  EXPECT_LE(*most, 1.0F);
}

}  // namespace
}  // namespace streamkit::stereo

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>

#include "network_fakes.hpp"
#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

using test::FakeNetwork;
using test::format_of;
using test::grain;
using test::NetworkScript;
using test::paint;
using test::plain;

// A textured wall that moves to the right by so much; `other` chooses another wall.
VideoFrame wall(int px, int other = 0) {
  return paint(format_of(640, 360), [=](int plane, int x, int y) {
    const int from = x - px + 10'000 * (other + 1);
    const int luma = 60 + y / 5 + grain(from >> 3, y >> 3, 60) + grain(from, y, 30);
    return plane != 0 ? 128 : other == 0 ? luma : 255 - luma;
  });
}

// Near on the left up to `edge`, as a share of the width.
DepthMap near_left(float edge) {
  return test::depth_of(64, 36, [=](int x, int) { return x < edge * 64 ? 7.0F : 3.0F; });
}

NetworkScript script_of(std::function<DepthMap(const VideoFrame&, int)> map) {
  NetworkScript script;
  script.map = std::move(map);
  return script;
}

std::unique_ptr<FusedDepthEstimator> make_estimator(NetworkScript& script,
                                                    FusedDepthOptions options = {}) {
  auto estimator = FusedDepthEstimator::create(std::make_unique<FakeNetwork>(script), options);
  EXPECT_TRUE(estimator);
  return std::move(*estimator);
}

DepthMap estimate(DepthEstimator& estimator, const VideoFrame& frame) {
  DepthMap depth;
  const Result<void> done = estimator.estimate(frame, depth);
  EXPECT_TRUE(done);
  for (const float value : depth.values) {
    EXPECT_GE(value, 0.0F);
    EXPECT_LE(value, 1.0F);
  }
  return depth;
}

// The mean of the columns from `left` up to `right`, as shares of the width.
float columns(const DepthMap& depth, double left, double right) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < depth.height_px; ++y) {
    for (int x = static_cast<int>(left * depth.width_px); x < right * depth.width_px; ++x) {
      sum += depth.values[static_cast<std::size_t>(y * depth.width_px + x)];
      ++count;
    }
  }
  return static_cast<float>(sum / count);
}

float span_of(const DepthMap& depth) {
  const auto [least, most] = std::minmax_element(depth.values.begin(), depth.values.end());
  return *most - *least;
}

TEST(FusedDepthEstimator, WhatTheNetworkSeesNearIsNear) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto fused = make_estimator(script);
  auto cues = CueDepthEstimator::create().value();
  const DepthMap without = estimate(*cues, wall(0));
  const DepthMap depth = estimate(*fused, wall(0));
  EXPECT_LT(std::abs(columns(without, 0, 0.3) - columns(without, 0.5, 1)), 0.1F);
  EXPECT_GT(columns(depth, 0, 0.3) - columns(depth, 0.5, 1), 0.3F);
}

TEST(FusedDepthEstimator, TheBuiltInNetworkIsThere) {
  auto estimator = FusedDepthEstimator::create();
  ASSERT_TRUE(estimator) << estimator.error().message;
  EXPECT_GT(span_of(estimate(**estimator, wall(0))), 0.05F);
}

TEST(FusedDepthEstimator, EvidenceAgainstDepthFlattensWhatTheNetworkSees) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto estimator = make_estimator(script);
  EXPECT_LT(span_of(estimate(*estimator, plain(640, 360, 90))), 0.1F);
}

TEST(FusedDepthEstimator, AsksTheNetworkEveryNthTimeAndAtACut) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto estimator = make_estimator(script, {.every_nth = 4});
  std::vector<int> seen;
  for (int i = 0; i < 12; ++i) {
    estimate(*estimator, wall(2 * i, i < 6 ? 0 : 1));
    seen.push_back(script.seen);
  }
  EXPECT_EQ(seen, (std::vector<int>{1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4}));
}

TEST(FusedDepthEstimator, DepthFollowsTheMotionBetween) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto estimator = make_estimator(script, {.ema_decay = 0, .every_nth = 30});
  DepthMap depth;
  for (int i = 0; i < 12; ++i) depth = estimate(*estimator, wall(12 * i));
  EXPECT_EQ(script.seen, 1);
  // The edge was at 0.4 and moved by 132 of 640 pixels.
  EXPECT_GT(columns(depth, 0.42, 0.54) - columns(depth, 0.72, 0.95), 0.2F);
}

TEST(FusedDepthEstimator, WithinASceneTheMapFollowsSlowly) {
  NetworkScript script;
  script.map = [&](const VideoFrame&, int) { return near_left(script.seen <= 2 ? 0.4F : 1.0F); };
  auto estimator = make_estimator(script);
  const auto step = [](const DepthMap& depth) {
    return columns(depth, 0, 0.3) - columns(depth, 0.5, 1);
  };
  float before = 0;
  for (int i = 0; i < 8; ++i) before = step(estimate(*estimator, wall(0)));
  const float first = step(estimate(*estimator, wall(0)));
  float settled = 0;
  for (int i = 0; i < 60; ++i) settled = step(estimate(*estimator, wall(0)));
  EXPECT_GT(before - first, 0.05F * (before - settled));
  EXPECT_LT(before - first, 0.5F * (before - settled));
  EXPECT_LT(settled, 0.1F);
}

// The wall between black bars above and below.
VideoFrame letterboxed(int px, int bar) {
  const VideoFrame picture = wall(px);
  return paint(format_of(640, 360), [=](int plane, int x, int y) {
    const int edge = plane == 0 ? bar : bar / 2;
    const int rows = plane == 0 ? 360 : 180;
    if (y < edge || y >= rows - edge) return plane == 0 ? 16 : 128;
    return test::at(picture, plane, x, y);
  });
}

TEST(FusedDepthEstimator, BarsAreAtTheScreenAndDoNotHarmThePicture) {
  NetworkScript scripts[2];
  for (NetworkScript& script : scripts) {
    script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  }
  auto estimator = make_estimator(scripts[0]);
  auto whole = make_estimator(scripts[1]);
  DepthMap depth, without;
  for (int i = 0; i < 6; ++i) {
    depth = estimate(*estimator, letterboxed(2 * i, 44));
    without = estimate(*whole, wall(2 * i));
  }
  // 44 of 360 rows are 11 of 90.
  for (int y = 0; y < 90; ++y) {
    if (y > 10 && y < 79) continue;
    for (int x = 0; x < 160; ++x)
      ASSERT_EQ(depth.values[static_cast<std::size_t>(y * 160 + x)], 0.5F);
  }
  EXPECT_NEAR(columns(depth, 0.1, 0.3) - columns(depth, 0.6, 0.9),
              68.0F / 90 * (columns(without, 0.1, 0.3) - columns(without, 0.6, 0.9)), 0.1F);
}

TEST(FusedDepthEstimator, GoesOnElsewhereWithAStateAsIfItHadNeverStopped) {
  const auto map = [](const VideoFrame& frame, int) {
    return near_left(static_cast<float>(test::at(frame, 0, 3, 3) % 8) / 10);
  };
  for (const int seam : {1, 2, 3, 4, 7, 9}) {
    NetworkScript scripts[3] = {script_of(map), script_of(map), script_of(map)};
    auto whole = make_estimator(scripts[0]);
    auto first = make_estimator(scripts[1]);
    auto second = make_estimator(scripts[2]);
    const auto shot = [](int i) { return wall(3 * i, i < 8 ? 0 : 1); };
    for (int i = 0; i < seam; ++i) {
      estimate(*whole, shot(i));
      estimate(*first, shot(i));
    }
    const Bytes state = first->save_state();
    EXPECT_LE(state.size(), 210'000U);
    ASSERT_TRUE(second->load_state(state));
    EXPECT_EQ(second->save_state(), state);
    for (int i = seam; i < seam + 8; ++i) {
      ASSERT_EQ(estimate(*second, shot(i)).values, estimate(*whole, shot(i)).values)
          << "seam at " << seam << ", frame " << i;
    }
  }
}

TEST(FusedDepthEstimator, AStateOfNoUseIsRejectedAndItStartsAnew) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto other = make_estimator(script);
  for (int i = 0; i < 3; ++i) estimate(*other, wall(i));
  Bytes damaged = other->save_state();
  damaged[damaged.size() / 2] ^= 4;
  auto cues = CueDepthEstimator::create().value();
  estimate(*cues, wall(0));
  auto fresh = make_estimator(script);
  const DepthMap expected = estimate(*fresh, wall(30));
  const std::pair<Bytes, ErrorCode> cases[] = {{damaged, ErrorCode::CorruptData},
                                               {cues->save_state(), ErrorCode::Unsupported},
                                               {Bytes(100, 7), ErrorCode::Unsupported}};
  for (const auto& [state, code] : cases) {
    auto estimator = make_estimator(script);
    estimate(*estimator, wall(0));
    EXPECT_EQ(estimator->load_state(state).error().code, code);
    EXPECT_TRUE(estimator->save_state().empty());
    EXPECT_EQ(estimate(*estimator, wall(30)).values, expected.values);
  }
}

TEST(FusedDepthEstimator, WithoutAnyFiniteValueTheCuesGoOn) {
  NetworkScript script = script_of([](const VideoFrame&, int) {
    return test::depth_of(8, 4, [](int, int) { return std::numeric_limits<float>::quiet_NaN(); });
  });
  auto estimator = make_estimator(script);
  const DepthMap depth = estimate(*estimator, wall(0));
  EXPECT_NEAR(columns(depth, 0, 0.3), columns(depth, 0.5, 1), 0.1F);
}

TEST(FusedDepthEstimator, AFailureOfTheNetworkIsPassedOnAndForgotten) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  auto estimator = make_estimator(script, {.every_nth = 1});
  estimate(*estimator, wall(0));
  script.trap = [](int) { return Result<void>(Error{ErrorCode::Unavailable, "gone"}); };
  DepthMap depth;
  EXPECT_EQ(estimator->estimate(wall(2), depth).error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(estimator->save_state().empty());
  script.trap = [](int) { return Result<void>(); };
  script.map = [](const VideoFrame&, int) { return DepthMap{4, 4, {1, 2}}; };
  EXPECT_EQ(estimator->estimate(wall(2), depth).error().code, ErrorCode::Internal);
}

TEST(FusedDepthEstimator, RejectsWhatItCannotUse) {
  NetworkScript script = script_of([](const VideoFrame&, int) { return near_left(0.4F); });
  for (const FusedDepthOptions& options :
       {FusedDepthOptions{.ema_decay = 1}, FusedDepthOptions{.ema_decay = -0.1F},
        FusedDepthOptions{.ema_decay = std::numeric_limits<float>::quiet_NaN()},
        FusedDepthOptions{.every_nth = 0}, FusedDepthOptions{.every_nth = 31},
        FusedDepthOptions{.longest_side_px = 15}, FusedDepthOptions{.longest_side_px = 513}}) {
    const auto made = FusedDepthEstimator::create(std::make_unique<FakeNetwork>(script), options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_EQ(FusedDepthEstimator::create(nullptr).error().code, ErrorCode::InvalidArgument);
  auto estimator = make_estimator(script);
  VideoFrame deep = wall(0);
  deep.format.pixel_format = PixelFormat::I420P10;
  DepthMap depth;
  EXPECT_EQ(estimator->estimate(deep, depth).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace streamkit::stereo

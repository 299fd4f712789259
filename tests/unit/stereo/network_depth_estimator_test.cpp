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

TEST(NetworkDepthEstimator, AMapWithoutARangeIsFlat) {
  for (const float value : {0.0F, 7.5F, -3e5F, 1e29F}) {
    NetworkScript script{[=](const VideoFrame&, int) { return flat_depth(value); }};
    auto estimator = make_estimator(script);
    for (int i = 0; i < 3; ++i) {
      const DepthMap depth = estimate(*estimator, scene(i));
      EXPECT_TRUE(std::ranges::all_of(depth.values, [](float v) { return v == 0.5F; })) << value;
    }
  }
}

TEST(NetworkDepthEstimator, RoundingIsNotBlownUpToDepth) {
  NetworkScript script{[](const VideoFrame&, int use) {
    return depth_of(64, 36, [=](int x, int y) { return 512.0F + 0.25F * grain(x + use, y, 2); });
  }};
  auto estimator = make_estimator(script);
  for (int i = 0; i < 3; ++i) {
    const DepthMap depth = estimate(*estimator, scene(0));
    const auto [least, most] = std::minmax_element(depth.values.begin(), depth.values.end());
    EXPECT_EQ(*most - *least, 0.0F);
  }
}

TEST(NetworkDepthEstimator, TheRangeSettlesWithTheDecay) {
  // A thing nearer than all before appears where nothing moves: a tenth of a map of stripes.
  const auto map_of = [](bool near) {
    return depth_of(160, 90, [=](int x, int y) {
      return near && y < 9 ? 3.0F : static_cast<float>(x % 32) / 32;
    });
  };
  NetworkScript script{[&](const VideoFrame&, int use) { return map_of(use > 0); }};
  auto estimator = make_estimator(script);
  NetworkScript fresh_script{[&](const VideoFrame&, int) { return map_of(true); }};
  auto fresh = make_estimator(fresh_script);
  const DepthMap expected = estimate(*fresh, scene(0));
  std::vector<float> apart;
  estimate(*estimator, scene(0));
  for (int i = 0; i < 60; ++i)
    apart.push_back(difference(estimate(*estimator, scene(0)), expected));
  EXPECT_GT(apart[0], 0.1F);
  for (std::size_t i = 1; i < apart.size(); ++i) EXPECT_LE(apart[i], apart[i - 1] + 1e-3F) << i;
  EXPECT_GT(apart[3], 0.3F * apart[0]);
  EXPECT_LT(apart[59], 0.05F * apart[0]);
}

// Each picture at another scale and with noise of its own.
DepthMap restless_map(int use) {
  const float scale = 1 + 0.1F * static_cast<float>(grain(use, 1, 100)) / 100;
  const float offset = 0.1F * static_cast<float>(grain(use, 2, 100)) / 100;
  return depth_of(160, 90, [=](int x, int y) {
    const float noise = 0.1F * static_cast<float>(grain((x >> 3) + 100 * use, y >> 3, 100)) / 100;
    return offset + scale * static_cast<float>(y) / 90 + noise;
  });
}

TEST(NetworkDepthEstimator, IsSteadierThanItsNetworkTheMoreTheDecay) {
  const auto change_with = [](float decay) {
    NetworkScript script{[](const VideoFrame&, int use) { return restless_map(use); }};
    auto estimator = make_estimator(script, {.ema_decay = decay});
    DepthMap before = estimate(*estimator, scene(0));
    float sum = 0;
    for (int i = 0; i < 30; ++i) {
      const DepthMap now = estimate(*estimator, scene(0));
      sum += difference(before, now) / 30;
      before = now;
    }
    return sum;
  };
  const float single = change_with(0);
  EXPECT_GT(single, 0.02F);
  EXPECT_LT(change_with(0.75F), 0.3F * single);
  EXPECT_LT(change_with(0.9F), 0.15F * single);
}

TEST(NetworkDepthEstimator, ASceneCutStartsAnewAndAsksTheNetworkAtOnce) {
  const VideoFrame other = paint(format_of(kWidth, kHeight), [](int plane, int x, int y) {
    return plane != 0 ? 128 : y < 90 ? 230 : 140 + grain(x >> 3, y >> 3, 80);
  });
  const auto map = [](const VideoFrame& frame, int) {
    const bool cut = at(frame, 0, 0, 0) == 230;
    return depth_of(80, 45, [=](int x, int y) { return static_cast<float>(cut ? 100 * x : y); });
  };
  NetworkScript script{map};
  auto running = make_estimator(script, {.every_nth = 10});
  for (int i = 0; i < 3; ++i) estimate(*running, scene(i));
  EXPECT_EQ(script.seen, 1);
  NetworkScript fresh_script{map};
  auto fresh = make_estimator(fresh_script, {.every_nth = 10});
  EXPECT_EQ(estimate(*running, other).values, estimate(*fresh, other).values);
  EXPECT_EQ(script.seen, 2);
  for (int i = 0; i < 9; ++i) estimate(*running, other);
  EXPECT_EQ(script.seen, 2) << "counted from the cut";
  estimate(*running, other);
  EXPECT_EQ(script.seen, 3);
}

TEST(NetworkDepthEstimator, AsksTheNetworkEveryNthTime) {
  for (const int nth : {1, 2, 7, 30}) {
    NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
    auto estimator = make_estimator(script, {.every_nth = nth});
    for (int i = 0; i < 31; ++i) estimate(*estimator, scene(0));
    EXPECT_EQ(script.seen, (31 + nth - 1) / nth) << nth;
  }
}

// How far depth is off, last and if it had stayed, after so many pictures that the network did not
// see. The square sets out from the middle of the wall.
struct Off {
  float carried = 0;
  float held = 0;
};
Off off_after(int pictures, int square_step, int wall_step) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(60); }};
  auto estimator = make_estimator(script, {.ema_decay = 0, .every_nth = 30});
  const DepthMap first = estimate(*estimator, scene(60));
  DepthMap carried;
  for (int i = 1; i <= pictures; ++i) {
    carried = estimate(*estimator, scene(60 + square_step * i, wall_step * i));
  }
  EXPECT_EQ(script.seen, 1);
  const int square = 60 + square_step * pictures;
  NetworkScript truth_script{[=](const VideoFrame&, int) { return square_map(square); }};
  const DepthMap truth = estimate(*make_estimator(truth_script), scene(square));
  return {difference(carried, truth), difference(first, truth)};
}

TEST(NetworkDepthEstimator, DepthFollowsTheMotionBetween) {
  // What is uncovered behind the square is not known, and counts.
  for (const auto& [square_step, wall_step] : {std::pair{4, 0}, {-4, 0}, {6, 2}}) {
    const Off off = off_after(10, square_step, wall_step);
    EXPECT_GT(off.held, 0.02F);
    EXPECT_LT(off.carried, 0.6F * off.held) << square_step << ' ' << wall_step;
  }
  const Off apart = off_after(10, 2, -2);
  EXPECT_LT(apart.carried, 0.95F * apart.held) << "twice as much is uncovered as the square moves";
  const Off pan = off_after(10, 6, 6);
  EXPECT_LT(pan.carried, 0.1F * pan.held);
}

TEST(NetworkDepthEstimator, DepthThatIsCarriedKeepsItsEdges) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
  auto estimator = make_estimator(script, {.ema_decay = 0, .every_nth = 30});
  DepthMap depth;
  // A pan by less than a cell each time.
  for (int i = 0; i < 30; ++i) depth = estimate(*estimator, scene(i, i));
  const auto row = static_cast<std::size_t>((kTop + kSide / 2) / 2 * depth.width_px);
  const auto edge = static_cast<std::size_t>((kLeft + 29) / 2);
  EXPECT_LT(depth.values[row + edge - 3], 0.1F);
  EXPECT_GT(depth.values[row + edge + 3], 0.9F);
}

TEST(NetworkDepthEstimator, WhatIsAtRestStaysAsItIs) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
  auto estimator = make_estimator(script, {.every_nth = 30});
  const DepthMap first = estimate(*estimator, scene(0));
  for (int i = 1; i < 30; ++i) EXPECT_EQ(estimate(*estimator, scene(0)).values, first.values);
}

TEST(NetworkDepthEstimator, ValuesThatAreNotFiniteAreFilledFromAround) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto with = [](float hole) {
    return [=](const VideoFrame&, int) {
      return depth_of(160, 90, [=](int x, int y) {
        return x >= 60 && x < 80 && y >= 20 && y < 40 ? hole : static_cast<float>(x) / 160;
      });
    };
  };
  const auto expected_script = [&](const VideoFrame&, int) {
    return depth_of(160, 90, [](int x, int) { return static_cast<float>(x) / 160; });
  };
  NetworkScript whole{expected_script};
  const DepthMap expected = estimate(*make_estimator(whole), scene(0));
  for (const float hole : {std::nanf(""), kInfinity, -kInfinity, 3e38F}) {
    NetworkScript script{with(hole)};
    EXPECT_LT(difference(estimate(*make_estimator(script), scene(0)), expected), 0.01F) << hole;
  }
}

TEST(NetworkDepthEstimator, WithoutAnyFiniteValueDepthGoesOn) {
  const float nan = std::nanf("");
  for (const int nth : {1, 3}) {
    NetworkScript script{
        [=](const VideoFrame&, int use) { return use < 2 ? square_map(0) : flat_depth(nan); }};
    auto estimator = make_estimator(script, {.every_nth = nth});
    DepthMap before;
    for (int i = 0; i < 2 * nth; ++i) before = estimate(*estimator, scene(0));
    for (int i = 0; i < 3 * nth; ++i)
      EXPECT_EQ(estimate(*estimator, scene(0)).values, before.values);

    NetworkScript late{
        [=](const VideoFrame&, int use) { return use < 2 ? flat_depth(nan) : square_map(0); }};
    auto blind = make_estimator(late, {.every_nth = nth});
    for (int i = 0; i < 2 * nth; ++i) {
      const DepthMap depth = estimate(*blind, scene(0));
      EXPECT_TRUE(std::ranges::all_of(depth.values, [](float v) { return v == 0.5F; }));
    }
    EXPECT_EQ(estimate(*blind, scene(0)).values, before.values) << "at once";
  }
}

// A travelling shot with a cut in it, seen by a restless network.
VideoFrame shot(int i) { return i < 14 ? scene(4 * i, i) : scene(150 - 3 * i, 700 - 2 * i); }
DepthMap shot_map(const VideoFrame& frame, int) {
  const auto i = static_cast<int>(frame.pts.count());
  DepthMap map = square_map(i < 14 ? 4 * i : 150 - 3 * i, 1 + 0.1F * (i % 5), 0.3F * (i % 3));
  for (std::size_t k = 0; k < map.values.size(); ++k) {
    map.values[k] += 0.001F * static_cast<float>(grain(static_cast<int>(k), i, 100));
  }
  if (i % 6 == 5) map.values[7] = std::nanf("");
  return map;
}
VideoFrame shot_picture(int i) {
  VideoFrame frame = shot(i);
  frame.pts = MediaTime{i};
  return frame;
}

TEST(NetworkDepthEstimator, GoesOnElsewhereWithAStateAsIfItHadNeverStopped) {
  constexpr int kPictures = 20;
  std::vector<VideoFrame> pictures;
  for (int i = 0; i < kPictures; ++i) pictures.push_back(shot_picture(i));
  for (const int nth : {1, 4}) {
    NetworkScript script{shot_map};
    const NetworkDepthOptions options{.every_nth = nth};
    auto whole = make_estimator(script, options);
    std::vector<DepthMap> expected;
    std::vector<Bytes> states;
    for (const VideoFrame& picture : pictures) {
      expected.push_back(estimate(*whole, picture));
      states.push_back(whole->save_state());
      EXPECT_LE(states.back().size(), 200'000U);
    }
    for (std::size_t seam = 1; seam < pictures.size(); ++seam) {
      auto second = make_estimator(script, options);
      ASSERT_TRUE(second->load_state(states[seam - 1]));
      EXPECT_EQ(second->save_state(), states[seam - 1]);
      for (std::size_t i = seam; i < pictures.size(); ++i) {
        ASSERT_EQ(estimate(*second, pictures[i]).values, expected[i].values)
            << "seam at " << seam << ", picture " << i;
      }
      EXPECT_EQ(second->save_state(), states.back());
    }
  }
}

TEST(NetworkDepthEstimator, WithoutAStateItConverges) {
  NetworkScript script{[](const VideoFrame&, int use) { return restless_map(use % 4); }};
  auto whole = make_estimator(script);
  for (int i = 0; i < 12; ++i) estimate(*whole, scene(0));
  script.seen = 0;
  auto late = make_estimator(script);
  std::vector<float> apart;
  for (int i = 0; i < 40; ++i) {
    const int use = script.seen;
    const DepthMap expected = estimate(*whole, scene(0));
    script.seen = use;
    apart.push_back(difference(estimate(*late, scene(0)), expected));
  }
  EXPECT_GT(apart.front(), 0.01F);
  EXPECT_LT(apart.back(), 0.1F * apart.front());
}

TEST(NetworkDepthEstimator, AStateOfNoUseIsRefusedAndItStartsAnew) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
  auto other = make_estimator(script);
  EXPECT_TRUE(other->save_state().empty());
  for (int i = 0; i < 3; ++i) estimate(*other, scene(4 * i));
  Bytes damaged = other->save_state();
  damaged[damaged.size() / 2] ^= 4;
  auto larger = make_estimator(script, {.longest_side_px = 320});
  estimate(*larger, scene(0));
  auto rare = make_estimator(script, {.every_nth = 2});
  estimate(*rare, scene(0));
  auto cues = CueDepthEstimator::create({.longest_side_px = 240});
  estimate(**cues, scene(0));
  const std::pair<Bytes, ErrorCode> cases[] = {{damaged, ErrorCode::CorruptData},
                                               {larger->save_state(), ErrorCode::Unsupported},
                                               {rare->save_state(), ErrorCode::Unsupported},
                                               {(*cues)->save_state(), ErrorCode::Unsupported},
                                               {Bytes(100, 7), ErrorCode::Unsupported}};
  const DepthMap expected = estimate(*make_estimator(script), scene(30));
  for (const auto& [state, code] : cases) {
    auto estimator = make_estimator(script);
    estimate(*estimator, scene(0));
    EXPECT_EQ(estimator->load_state(state).error().code, code);
    EXPECT_TRUE(estimator->save_state().empty());
    EXPECT_EQ(estimate(*estimator, scene(30)).values, expected.values);
  }
  EXPECT_EQ((*cues)->load_state(other->save_state()).error().code, ErrorCode::Unsupported);
}

TEST(NetworkDepthEstimator, SeveralAtOnceGiveTheSameAsOneAfterTheOther) {
  std::vector<VideoFrame> pictures;
  for (int i = 0; i < 20; ++i) pictures.push_back(shot_picture(i));
  // Pictures of another size between them.
  pictures.insert(pictures.begin() + 9, grainy(200, 120));
  pictures.insert(pictures.begin() + 10, grainy(200, 120));
  for (const int nth : {1, 3}) {
    NetworkScript script{shot_map};
    auto single = make_estimator(script, {.every_nth = nth});
    EXPECT_EQ(single->batch(), 1U);
    std::vector<DepthMap> expected;
    for (const VideoFrame& picture : pictures) expected.push_back(estimate(*single, picture));
    for (const std::size_t batch : {2U, 5U, 40U}) {
      NetworkScript batched_script{shot_map, batch};
      auto batched = make_estimator(batched_script, {.every_nth = nth});
      EXPECT_GE(batched->batch(), batch);
      EXPECT_LE(batched->batch(), std::max<std::size_t>(batch, 32));
      std::vector<DepthMap> maps(pictures.size());
      const std::span all(pictures);
      for (std::size_t at = 0; at < all.size(); at += batched->batch()) {
        const std::size_t count = std::min(batched->batch(), all.size() - at);
        ASSERT_TRUE(
            batched->estimate_batch(all.subspan(at, count), std::span(maps).subspan(at, count)));
      }
      for (std::size_t i = 0; i < maps.size(); ++i) EXPECT_EQ(maps[i].values, expected[i].values);
      EXPECT_EQ(batched_script.seen, script.seen);
      EXPECT_LE(*std::ranges::max_element(batched_script.batches), batch);
      EXPECT_EQ(batched->save_state(), single->save_state());
    }
  }
}

TEST(NetworkDepthEstimator, AFailureOfTheNetworkIsPassedOnAndForgotten) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
  auto estimator = make_estimator(script);
  estimate(*estimator, scene(0));
  const Bytes before = estimator->save_state();
  script.trap = [](int) { return Result<void>(Error{ErrorCode::Unavailable, "no answer"}); };
  DepthMap depth;
  EXPECT_EQ(estimator->estimate(scene(4), depth).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(estimator->save_state(), before);
}

TEST(NetworkDepthEstimator, AMapThatIsNotOfItsSizeIsAnError) {
  for (const DepthMap& wrong :
       {DepthMap{}, {2, 2, {1, 2, 3}}, {0, 3, {}}, {-1, -1, {1}}, {2, 2, {1, 2, 3, 4, 5}}}) {
    NetworkScript script{[=](const VideoFrame&, int) { return wrong; }};
    auto estimator = make_estimator(script);
    DepthMap depth;
    EXPECT_EQ(estimator->estimate(scene(0), depth).error().code, ErrorCode::Internal);
  }
}

TEST(NetworkDepthEstimator, TakesAnySizeOfPictureAndMap) {
  NetworkScript script;
  int map_side = 1;
  script.map = [&](const VideoFrame&, int) {
    return depth_of(map_side, 2 * map_side, [](int x, int y) { return static_cast<float>(x - y); });
  };
  auto estimator = make_estimator(script, {.every_nth = 2});
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {1, 2},
                                      {2, 1},
                                      {3, 5},
                                      {161, 90},
                                      {16384, 1},
                                      {1, 16384},
                                      {176, 144},
                                      {1080, 1920}}) {
    for (map_side = 1; map_side < 700; map_side *= 8) {
      for (int i = 0; i < 2; ++i) {
        const DepthMap depth = estimate(*estimator, grainy(width, height));
        EXPECT_LE(std::max(depth.width_px, depth.height_px), 240);
      }
      estimator->reset();
    }
  }
}

TEST(NetworkDepthEstimator, RefusesWhatItCannotUse) {
  NetworkScript script{[](const VideoFrame&, int) { return square_map(0); }};
  auto estimator = make_estimator(script);
  VideoFrame deep = plain(16, 16, 50);
  deep.format.pixel_format = PixelFormat::I420P10;
  DepthMap depth;
  EXPECT_EQ(estimator->estimate(deep, depth).error().code, ErrorCode::Unsupported);
  EXPECT_EQ(script.seen, 0);
  EXPECT_EQ(NetworkDepthEstimator::create(nullptr).error().code, ErrorCode::InvalidArgument);
  for (const NetworkDepthOptions& options : {NetworkDepthOptions{.ema_decay = -0.1F},
                                             {.ema_decay = 1},
                                             {.ema_decay = std::nanf("")},
                                             {.every_nth = 0},
                                             {.every_nth = 31},
                                             {.longest_side_px = 15},
                                             {.longest_side_px = 513}}) {
    auto refused = NetworkDepthEstimator::create(std::make_unique<FakeNetwork>(script), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace streamkit::stereo

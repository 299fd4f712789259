#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <streamkit/stereo/cue_depth_estimator.hpp>

#include "pictures.hpp"
#include "stereo/depth_state.hpp"

namespace streamkit::stereo {
namespace {

using test::format_of;
using test::grain;
using test::grainy;
using test::paint;
using test::plain;

std::unique_ptr<CueDepthEstimator> make_estimator(CueDepthOptions options = {}) {
  auto estimator = CueDepthEstimator::create(options);
  EXPECT_TRUE(estimator);
  return std::move(*estimator);
}

DepthMap estimate(CueDepthEstimator& estimator, const VideoFrame& frame) {
  DepthMap depth;
  const Result<void> done = estimator.estimate(frame, depth);
  EXPECT_TRUE(done);
  EXPECT_EQ(depth.values.size(),
            static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px));
  for (const float value : depth.values) {
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_GE(value, 0.0F);
    EXPECT_LE(value, 1.0F);
  }
  return depth;
}

float span_of(const DepthMap& depth) {
  const auto [least, most] = std::minmax_element(depth.values.begin(), depth.values.end());
  return *most - *least;
}

float mean_of(const DepthMap& depth, double left, double top, double right, double bottom) {
  double sum = 0;
  int count = 0;
  for (int y = static_cast<int>(top * depth.height_px); y < bottom * depth.height_px; ++y) {
    for (int x = static_cast<int>(left * depth.width_px); x < right * depth.width_px; ++x) {
      sum += depth.values[static_cast<std::size_t>(y * depth.width_px + x)];
      ++count;
    }
  }
  return static_cast<float>(sum / count);
}

float difference(const DepthMap& a, const DepthMap& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::abs(a.values[i] - b.values[i]);
  return static_cast<float>(sum / static_cast<double>(a.values.size()));
}

// Patches of 8 px, so that texture is left at low resolution, with fine grain on top; lit from
// below, so that it is no even wall.
int texture(int x, int y, int level = 60) {
  return level + y / 5 + grain(x >> 3, y >> 3, 60) + grain(x, y, 30);
}

// A textured wall and a block with a texture of its own, each moved to the right by so much.
VideoFrame scene(int wall_px, int block_px) {
  return paint(format_of(640, 360), [=](int plane, int x, int y) {
    if (plane != 0) return 128;
    const bool block = x - block_px >= 240 && x - block_px < 400 && y >= 100 && y < 220;
    return block ? texture(x - block_px + 5000, y) : texture(x - wall_px + 1000, y);
  });
}

TEST(CueDepthEstimator, InventsNothingOnAPlainCard) {
  auto estimator = make_estimator();
  for (const int luma : {0, 16, 128, 255}) {
    const DepthMap depth = estimate(*estimator, plain(640, 360, luma, 90, 200));
    EXPECT_EQ(span_of(depth), 0.0F);
    EXPECT_EQ(depth.values.front(), 0.5F);
    estimator->reset();
  }
}

TEST(CueDepthEstimator, SaysLittleOnATitleCard) {
  auto estimator = make_estimator();
  const VideoFrame card = paint(format_of(640, 360), [](int plane, int x, int y) {
    const bool letters = y >= 170 && y < 190 && x >= 250 && x < 390 && (x / 4) % 2 == 0;
    return plane != 0 ? 128 : letters ? 235 : 16;
  });
  const DepthMap title = estimate(*estimator, card);
  estimator->reset();
  const DepthMap picture = estimate(*estimator, scene(0, 0));
  EXPECT_LT(span_of(title), 0.25F);
  EXPECT_GT(span_of(picture), 0.6F);
}

TEST(CueDepthEstimator, SaysLittleOnAPageOfText) {
  auto estimator = make_estimator();
  const VideoFrame page = paint(format_of(640, 360), [](int plane, int x, int y) {
    const bool letters = y % 28 < 14 && grain(x / 8, y / 28, 3) > 0 && x % 8 < 3 + y % 2;
    return plane != 0 ? 128 : letters ? 230 : 16;
  });
  EXPECT_LT(span_of(estimate(*estimator, page)), 0.2F);
}

TEST(CueDepthEstimator, SaysLittleOnAnEvenWallOfBricks) {
  auto estimator = make_estimator();
  const VideoFrame wall = paint(format_of(640, 360), [](int plane, int x, int y) {
    const int along = x + y / 24 % 2 * 32;
    const bool joint = y % 24 < 3 || along % 64 < 3;
    return plane != 0 ? 128 : (joint ? 170 : 80 + grain(along / 64, y / 24, 50)) + grain(x, y, 7);
  });
  EXPECT_LT(span_of(estimate(*estimator, wall)), 0.2F);
}

// A picture on paper of shapes, light and dark, and where the camera looks at it.
VideoFrame poster(double left, double top, double zoom = 1) {
  return paint(format_of(640, 360), [=](int plane, int x, int y) {
    if (plane != 0) return 128;
    const auto at = [&](double across, double down) {
      const int column = static_cast<int>(left + zoom * across + 1000);
      const int row = static_cast<int>(top + zoom * down + 1000);
      return 30 + grain(column / 90, row / 70, 120) + row / 20 + grain(column / 9, row / 9, 40);
    };
    return (at(x, y) + at(x + 0.5, y) + at(x, y + 0.5) + at(x + 0.5, y + 0.5)) / 4;
  });
}

TEST(CueDepthEstimator, APosterThatMovesAsAWholeLosesItsDepthWithinASecond) {
  const auto claimed = [](const auto& picture) {
    auto estimator = make_estimator();
    DepthMap depth = estimate(*estimator, picture(0));
    EXPECT_GT(span_of(depth), 0.6F) << "one picture alone could be of anything";
    for (int i = 1; i < 30; ++i) depth = estimate(*estimator, picture(i));
    return span_of(depth);
  };
  EXPECT_LT(claimed([](int i) { return poster(3.0 * i, 0.5 * i); }), 0.25F) << "panned";
  EXPECT_LT(claimed([](int i) { return poster(14 * std::sin(0.3 * i), 9 * std::sin(0.4 * i)); }),
            0.25F)
      << "held in a hand";
}

TEST(CueDepthEstimator, ACameraThatTurnsLeavesASceneItsDepth) {
  auto estimator = make_estimator();
  DepthMap depth;
  for (int i = 0; i < 30; ++i) {
    const double turn = 0.006 * i;
    depth = estimate(*estimator, paint(format_of(640, 360), [=](int plane, int x, int y) {
      if (plane != 0) return 128;
      // The same poster all around, 60 degrees of it to be seen.
      const double across = x - 320;
      const double ahead = 554 * std::cos(turn) - across * std::sin(turn);
      const double column = 554 * (across * std::cos(turn) + 554 * std::sin(turn)) / ahead + 1000;
      const double row = 554 * (y - 180) / ahead + 1000;
      return 30 + grain(static_cast<int>(column / 90), static_cast<int>(row / 70), 120) +
             static_cast<int>(row / 20) +
             grain(static_cast<int>(column / 9), static_cast<int>(row / 9), 40);
    }));
  }
  EXPECT_GT(span_of(depth), 0.6F);
}

TEST(CueDepthEstimator, WhereTheCameraTravelsMotionTellsACeilingFromAFloor) {
  // A plane whose speed grows from the horizon to the picture's lower or upper border.
  const auto lower_less_upper = [](bool ceiling) {
    auto estimator = make_estimator();
    DepthMap depth;
    for (int i = 0; i < 30; ++i) {
      depth = estimate(*estimator, paint(format_of(640, 360), [=](int plane, int x, int y) {
        const int down = ceiling ? 359 - y : y;
        const int moved = x + 1000 + i * down / 60;
        return plane != 0 ? 128 : 40 + down / 5 + grain(moved / 9, y / 9, 60) + grain(moved, y, 20);
      }));
    }
    return mean_of(depth, 0, 0.8, 1, 1) - mean_of(depth, 0, 0, 1, 0.2);
  };
  EXPECT_GT(lower_less_upper(false), 0.4F);
  EXPECT_LT(lower_less_upper(true), -0.4F);
}

TEST(CueDepthEstimator, LowerIsNearer) {
  auto estimator = make_estimator();
  const DepthMap depth = estimate(*estimator, scene(0, 0));
  EXPECT_GT(mean_of(depth, 0, 0.8, 1, 1), mean_of(depth, 0, 0, 1, 0.2) + 0.4F);
}

TEST(CueDepthEstimator, SharpIsSlightlyNearerThanSoft) {
  auto estimator = make_estimator();
  // The same patches, with and without fine grain, whose mean is 15.
  const DepthMap depth =
      estimate(*estimator, paint(format_of(640, 360), [](int plane, int x, int y) {
        const bool sharp = (x >> 6) % 2 == 0;
        return plane != 0 ? 128 : sharp ? texture(x, y) : 75 + grain(x >> 3, y >> 3, 60);
      }));
  double sharp = 0;
  double soft = 0;
  for (int stripe = 0; stripe < 10; ++stripe) {
    (stripe % 2 == 0 ? sharp : soft) +=
        double{mean_of(depth, (stripe + 0.3) / 10, 0.1, (stripe + 0.7) / 10, 0.9)} / 5;
  }
  EXPECT_GT(sharp, soft + 0.003);
}

TEST(CueDepthEstimator, WhatStandsIsAsNearAsItsFoot) {
  auto estimator = make_estimator();
  // An even post on textured ground, and the ground beside its top.
  const DepthMap depth =
      estimate(*estimator, paint(format_of(640, 360), [](int plane, int x, int y) {
        const bool post = x >= 280 && x < 360 && y >= 60 && y < 300;
        return plane != 0 ? 128 : post ? 220 : 40 + grain(x >> 2, y >> 2, 140);
      }));
  EXPECT_GT(mean_of(depth, 0.46, 0.2, 0.54, 0.3), mean_of(depth, 0.1, 0.2, 0.3, 0.3) + 0.1F);
}

TEST(CueDepthEstimator, WhatMovesUnlikeTheBackgroundIsNearer) {
  const auto nearness = [](int wall_step, int block_step) {
    auto estimator = make_estimator();
    DepthMap depth;
    for (int i = 0; i < 12; ++i) depth = estimate(*estimator, scene(wall_step * i, block_step * i));
    const double moved = block_step * 11 / 640.0;
    const double left = 250 / 640.0 + moved;
    return mean_of(depth, left, 0.32, left + 0.2, 0.58) - mean_of(depth, 0.02, 0.32, 0.2, 0.58);
  };
  const float at_rest = nearness(0, 0);
  EXPECT_GT(nearness(0, 3), at_rest + 0.05F) << "camera at rest";
  EXPECT_GT(nearness(2, 5), at_rest + 0.05F) << "both move, as in a travelling shot";
  EXPECT_GT(nearness(-9, -6), at_rest + 0.05F) << "the camera follows the block";
  EXPECT_NEAR(nearness(8, 8), at_rest, 0.1F) << "a pan";
}

TEST(CueDepthEstimator, TheSamePicturesGiveTheSameMaps) {
  auto first = make_estimator();
  auto second = make_estimator();
  estimate(*second, grainy(320, 200));
  second->reset();
  for (int i = 0; i < 4; ++i) {
    const VideoFrame frame = scene(2 * i, 5 * i);
    EXPECT_EQ(estimate(*first, frame).values, estimate(*second, frame).values) << i;
  }
}

TEST(CueDepthEstimator, ASceneCutStartsAnew) {
  const VideoFrame dark = scene(0, 0);
  const VideoFrame light = paint(format_of(640, 360), [](int plane, int x, int y) {
    return plane != 0 ? 128 : y < 180 ? 230 : 140 + texture(y, x, 0);
  });
  auto running = make_estimator();
  for (int i = 0; i < 3; ++i) estimate(*running, dark);
  auto fresh = make_estimator();
  EXPECT_EQ(estimate(*running, light).values, estimate(*fresh, light).values);
}

// A travelling shot with a cut in it.
VideoFrame shot(int i) { return i < 22 ? scene(2 * i, 5 * i) : scene(500 - 3 * i, -300 + 2 * i); }

TEST(CueDepthEstimator, GoesOnElsewhereWithAStateAsIfItHadNeverStopped) {
  for (const int seam : {1, 2, 9, 21, 22, 23}) {
    auto whole = make_estimator();
    auto first = make_estimator();
    auto second = make_estimator();
    for (int i = 0; i < seam; ++i) {
      estimate(*whole, shot(i));
      estimate(*first, shot(i));
    }
    const Bytes state = first->save_state();
    EXPECT_EQ(state, whole->save_state());
    EXPECT_LE(state.size(), 180'000U);
    ASSERT_TRUE(second->load_state(state));
    EXPECT_EQ(second->save_state(), state);
    for (int i = seam; i < seam + 8; ++i) {
      ASSERT_EQ(estimate(*second, shot(i)).values, estimate(*whole, shot(i)).values)
          << "seam at " << seam << ", picture " << i;
    }
  }
}

TEST(CueDepthEstimator, WithoutAStateItConvergesToTheSame) {
  auto whole = make_estimator();
  for (int i = 0; i < 10; ++i) estimate(*whole, scene(0, 3 * i));
  auto late = make_estimator();
  float at_once = 0;
  float later = 0;
  for (int i = 10; i < 70; ++i) {
    const float apart =
        difference(estimate(*whole, scene(0, 3 * i)), estimate(*late, scene(0, 3 * i)));
    if (i == 10) at_once = apart;
    later = apart;
  }
  EXPECT_GT(at_once, 0.005F);
  EXPECT_LT(later, 0.3F * at_once);
}

TEST(CueDepthEstimator, RemembersNothingBeforeTheFirstPictureAndAfterAReset) {
  auto estimator = make_estimator();
  EXPECT_TRUE(estimator->save_state().empty());
  estimate(*estimator, scene(0, 0));
  EXPECT_FALSE(estimator->save_state().empty());
  estimator->reset();
  EXPECT_TRUE(estimator->save_state().empty());
  EXPECT_TRUE(estimator->load_state({}));
}

TEST(CueDepthEstimator, AStateOfNoUseIsRefusedAndItStartsAnew) {
  auto other = make_estimator();
  for (int i = 0; i < 3; ++i) estimate(*other, scene(i, 4 * i));
  Bytes damaged = other->save_state();
  damaged[damaged.size() / 2] ^= 4;
  auto larger = make_estimator({0.75F, 320});
  estimate(*larger, scene(0, 0));
  const std::pair<Bytes, ErrorCode> cases[] = {{damaged, ErrorCode::CorruptData},
                                               {larger->save_state(), ErrorCode::Unsupported},
                                               {Bytes(100, 7), ErrorCode::Unsupported}};
  auto fresh = make_estimator();
  const DepthMap expected = estimate(*fresh, scene(9, 30));
  for (const auto& [state, code] : cases) {
    auto estimator = make_estimator();
    estimate(*estimator, scene(0, 0));
    EXPECT_EQ(estimator->load_state(state).error().code, code);
    EXPECT_EQ(estimate(*estimator, scene(9, 30)).values, expected.values);
  }
}

TEST(CueDepthEstimator, AStateWithImpossibleNumbersIsRejected) {
  auto other = make_estimator();
  for (int i = 0; i < 3; ++i) estimate(*other, scene(i, 4 * i));
  // The last three are those of the measured depth: order, travel and proof.
  constexpr std::size_t kNumbers = 15;
  constexpr std::size_t kGrids = 6;
  const auto state =
      read_depth_state(other->save_state(), DepthStateKind::Cues, kNumbers, kGrids, 160);
  ASSERT_TRUE(state);
  auto estimator = make_estimator();
  ASSERT_TRUE(estimator->load_state(write_depth_state(DepthStateKind::Cues, *state)));
  for (std::size_t i = kNumbers - 3; i < kNumbers; ++i) {
    for (const float wrong : {-0.5F, 2.5F}) {
      DepthState changed = *state;
      changed.numbers[i] = wrong;
      const auto loaded = estimator->load_state(write_depth_state(DepthStateKind::Cues, changed));
      ASSERT_FALSE(loaded) << "number " << i << " is " << wrong;
      EXPECT_EQ(loaded.error().code, ErrorCode::CorruptData);
      EXPECT_TRUE(estimator->save_state().empty());
    }
  }
}

TEST(CueDepthEstimator, AStateOfPicturesOfAnotherSizeIsForgotten) {
  auto wide = make_estimator();
  estimate(*wide, scene(0, 0));
  const VideoFrame tall = grainy(200, 300);
  auto fresh = make_estimator();
  auto resumed = make_estimator();
  ASSERT_TRUE(resumed->load_state(wide->save_state()));
  EXPECT_EQ(estimate(*resumed, tall).values, estimate(*fresh, tall).values);
  EXPECT_EQ(estimate(*resumed, tall).values, estimate(*fresh, tall).values);
}

TEST(CueDepthEstimator, AStillPictureHoldsStill) {
  auto estimator = make_estimator();
  const DepthMap first = estimate(*estimator, scene(0, 0));
  for (int i = 0; i < 5; ++i)
    EXPECT_LT(difference(first, estimate(*estimator, scene(0, 0))), 1e-5F);
}

TEST(CueDepthEstimator, TakesAnySizeAndAChangeOfIt) {
  auto estimator = make_estimator();
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {1, 2},
                                      {2, 1},
                                      {3, 5},
                                      {161, 90},
                                      {16384, 1},
                                      {1, 16384},
                                      {176, 144},
                                      {1080, 1920},
                                      {320, 200}}) {
    for (int i = 0; i < 2; ++i) {
      const DepthMap depth = estimate(*estimator, grainy(width, height));
      EXPECT_LE(std::max(depth.width_px, depth.height_px), 160);
    }
  }
}

TEST(CueDepthEstimator, RefusesWhatItCannotRead) {
  auto estimator = make_estimator();
  VideoFrame deep = plain(16, 16, 50);
  deep.format.pixel_format = PixelFormat::I420P10;
  DepthMap depth;
  EXPECT_EQ(estimator->estimate(deep, depth).error().code, ErrorCode::Unsupported);
  for (const CueDepthOptions& options : {CueDepthOptions{-0.1F, 160},
                                         {1.0F, 160},
                                         {std::nanf(""), 160},
                                         {0.75F, 15},
                                         {0.75F, 513}}) {
    auto refused = CueDepthEstimator::create(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace streamkit::stereo

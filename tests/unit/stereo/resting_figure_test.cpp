#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <vector>

#include "network_fakes.hpp"
#include "pictures.hpp"

// Somebody walks in before a resting camera, and sits still for a minute.
namespace streamkit::stereo {
namespace {

using test::format_of;
using test::grain;
using test::NetworkScript;
using test::paint;

constexpr int kWidth = 384;
constexpr int kHeight = 216;
constexpr int kCells = 128;
constexpr int kMoving = 40;
constexpr int kMinute = 1800;
// Where the figure comes to rest, in pixels.
constexpr int kLeft = 140;
constexpr int kRight = 244;
constexpr int kTop = 44;
constexpr int kBottom = 172;

// Patches as large as a cell and finer grain.
int texture(int x, int y) {
  return 60 + y / 4 + grain((x + 1000) >> 3, y >> 3, 60) + grain(x + 1000, y, 20);
}

// A camera adds other noise to each frame; a few frames of it are enough.
class Shot {
 public:
  Shot() {
    for (int i = 0; i < 5; ++i) resting_.push_back(picture(0, i));
  }
  VideoFrame at(int i) {
    if (i >= kMoving) return resting_[static_cast<std::size_t>(i * 7 / 3 % 5)];
    return picture(2 * (kMoving - i), i);
  }
  // It walks out to the right.
  static VideoFrame leaving(int i) { return picture(-3 * i, i); }

 private:
  static VideoFrame picture(int before_rest_px, int noise) {
    return paint(format_of(kWidth, kHeight), [=](int plane, int x, int y) {
      if (plane != 0) return 128;
      const int at = x + before_rest_px;
      const bool figure = at >= kLeft && at < kRight && y >= kTop && y < kBottom;
      return (figure ? texture(at + 3000, y + 500) - 125 : texture(x, y)) +
             grain(x + 331 * noise, y + 77 * noise, 13) - 6;
    });
  }
  std::vector<VideoFrame> resting_;
};

double mean_of(const DepthMap& depth, int left, int right) {
  double sum = 0;
  int count = 0;
  for (int y = (kTop + 8) * depth.height_px / kHeight;
       y < (kBottom - 8) * depth.height_px / kHeight; ++y) {
    for (int x = left * depth.width_px / kWidth; x < right * depth.width_px / kWidth;
         ++x, ++count) {
      sum += depth.values[static_cast<std::size_t>(y * depth.width_px + x)];
    }
  }
  return sum / count;
}

// How far the figure is in front of what is beside it in the same rows.
double in_front(const DepthMap& depth) {
  return mean_of(depth, kLeft + 8, kRight - 8) -
         (mean_of(depth, 8, kLeft - 24) + mean_of(depth, kRight + 24, kWidth - 8)) / 2;
}

struct Margin {
  double when_it_moved = 0;
  double after_a_minute = 0;
};

// Another estimator goes on in the middle, with the state of the first.
template <typename Make>
Margin watch(Make make) {
  Shot shot;
  Margin found;
  DepthMap depth;
  auto estimator = make();
  for (int i = 0; i < kMoving + kMinute; ++i) {
    if (i == kMoving + kMinute / 2) {
      const Bytes state = estimator->save_state();
      estimator = make();
      EXPECT_TRUE(estimator->load_state(state));
    }
    EXPECT_TRUE(estimator->estimate(shot.at(i), depth));
    if (i == kMoving + 3) found.when_it_moved = in_front(depth);
  }
  found.after_a_minute = in_front(depth);
  return found;
}

void expect_in_front(const Margin& margin) {
  EXPECT_GT(margin.when_it_moved, 0.15);
  EXPECT_GT(margin.after_a_minute, 0.5 * margin.when_it_moved);
}

TEST(RestingFigure, StaysInFrontForAMinuteByCuesAlone) {
  expect_in_front(
      watch([] { return CueDepthEstimator::create({.longest_side_px = kCells}).value(); }));
}

TEST(RestingFigure, StaysInFrontForAMinuteThoughTheNetworkDoesNotSeeIt) {
  NetworkScript script;
  script.map = [](const VideoFrame&, int) {
    return test::depth_of(16, 9, [](int, int y) { return static_cast<float>(y); });
  };
  expect_in_front(watch([&] {
    return FusedDepthEstimator::create(std::make_unique<test::FakeNetwork>(script),
                                       {.longest_side_px = kCells})
        .value();
  }));
}

// What was measured belongs to the figure, and goes with it.
TEST(RestingFigure, LeavesNothingBehindWhereItSat) {
  Shot shot;
  auto estimator = CueDepthEstimator::create({.longest_side_px = kCells}).value();
  DepthMap depth;
  for (int i = 0; i < kMoving + 60; ++i) ASSERT_TRUE(estimator->estimate(shot.at(i), depth));
  const double seated = in_front(depth);
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(estimator->estimate(shot.leaving(i), depth));
  EXPECT_LT(in_front(depth), 0.25 * seated);
}

TEST(RestingFigure, IsForgottenAtACut) {
  Shot shot;
  auto estimator = CueDepthEstimator::create({.longest_side_px = kCells}).value();
  auto fresh = CueDepthEstimator::create({.longest_side_px = kCells}).value();
  DepthMap depth, expected;
  for (int i = 0; i < kMoving + 20; ++i) ASSERT_TRUE(estimator->estimate(shot.at(i), depth));
  const VideoFrame other = paint(format_of(kWidth, kHeight), [](int plane, int x, int y) {
    return plane != 0 ? 128 : y < kHeight / 2 ? 230 : 60 + texture(y, x);
  });
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(estimator->estimate(other, depth));
    ASSERT_TRUE(fresh->estimate(other, expected));
    EXPECT_EQ(depth.values, expected.values);
  }
}

}  // namespace
}  // namespace streamkit::stereo

#include "media/picture_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace streamkit::media {
namespace {

// Times of a constant rate, in the whole milliseconds that many containers have.
std::vector<MediaTime> constant(double hz, int count, bool whole_ms = true) {
  std::vector<MediaTime> times;
  for (int n = 0; n < count; ++n) {
    const double ms = 1000 * n / hz;
    times.push_back(from_seconds((whole_ms ? std::round(ms) : ms) / 1000));
  }
  return times;
}

TEST(PictureRate, AConstantRateIsThatRate) {
  for (const FrameRate rate :
       {FrameRate{24000, 1001}, FrameRate{24, 1}, FrameRate{25, 1}, FrameRate{30000, 1001},
        FrameRate{30, 1}, FrameRate{50, 1}, FrameRate{60, 1}, FrameRate{12, 1}, FrameRate{1, 1}}) {
    EXPECT_EQ(rate_of_times(constant(rate.hz(), 100), rate), rate) << to_string(rate);
    EXPECT_EQ(rate_of_times(constant(rate.hz(), 100, false), rate), rate) << to_string(rate);
  }
}

TEST(PictureRate, AWrongStatementIsNotBelieved) {
  EXPECT_EQ(rate_of_times(constant(25, 100), {50, 1}), (FrameRate{25, 1}));
  EXPECT_EQ(rate_of_times(constant(50, 100), {100, 1}), (FrameRate{50, 1}));
  EXPECT_EQ(rate_of_times(constant(50, 100), {25, 1}), (FrameRate{50, 1}));
  EXPECT_EQ(rate_of_times(constant(30000.0 / 1001, 3000, false), {60, 1}),
            (FrameRate{30000, 1001}));
}

TEST(PictureRate, AFastRateIsSixty) {
  EXPECT_EQ(rate_of_times(constant(120, 100, false), {120, 1}), (FrameRate{60, 1}));
}

TEST(PictureRate, TimesOfADamagedIndexDoNotCount) {
  std::vector<MediaTime> times = constant(25, 100);
  times.push_back(MediaTime::max());
  times.push_back(MediaTime::min());
  EXPECT_EQ(rate_of_times(times, {50, 1}), (FrameRate{25, 1}));
  EXPECT_EQ(rate_of_times({MediaTime::min(), MediaTime{0}, MediaTime::max()}, {50, 1}),
            (FrameRate{50, 1}));
}

TEST(PictureRate, ABurstGetsARateForEachFrame) {
  std::vector<MediaTime> times;
  for (int n = 0; n < 8; ++n) times.push_back(from_seconds(n * 0.5));
  for (int n = 0; n < 120; ++n) {
    times.push_back(from_seconds(4 + n / 60.0 + (n * 7 % 5 - 2) * 0.001));
  }
  for (int n = 0; n < 8; ++n) times.push_back(from_seconds(6.5 + n * 0.5));
  const FrameRate rate = rate_of_times(times, {14, 1});
  EXPECT_GT(rate.hz(), 59.9);
  RateGrid grid(rate);
  for (const MediaTime time : times) EXPECT_TRUE(grid.place(time));
}

TEST(PictureRate, AConstantRateWithMissingFramesIsThatRate) {
  std::vector<MediaTime> times;
  for (int n = 0; n < 90; ++n) {
    if (n % 3 != 0) times.push_back(from_seconds(std::round(n * 1000 / 30.0) / 1000));
  }
  EXPECT_EQ(rate_of_times(times, {20, 1}), (FrameRate{30, 1}));
}

TEST(PictureRate, AShortBurstInALongStillCounts) {
  std::vector<MediaTime> times = constant(1, 2000);
  for (int n = 1; n < 20; ++n) times.push_back(from_seconds(1000 + n / 60.0 + (n % 3) * 0.002));
  EXPECT_GT(rate_of_times(times, {1, 1}).hz(), 47.0);
}

TEST(PictureRate, OneGlitchDoesNotMakeAnotherRate) {
  std::vector<MediaTime> times = constant(30, 200);
  for (const MediaTime time : constant(30, 200)) times.push_back(time + from_seconds(6.685));
  EXPECT_EQ(rate_of_times(times, {30, 1}), (FrameRate{30, 1}));
}

TEST(PictureRate, ASlowVariableRateStaysLow) {
  std::vector<MediaTime> times;
  for (int n = 0; n < 50; ++n) times.push_back(from_seconds(n * 0.4 + (n % 3) * 0.07));
  EXPECT_EQ(rate_of_times(times, {3, 1}), (FrameRate{15, 1}));
}

TEST(PictureRate, AJitteringCameraKeepsItsRate) {
  std::vector<MediaTime> times;
  for (int n = 0; n < 300; ++n) times.push_back(from_seconds(n / 30.0 + (n * 11 % 13 - 6) * 0.001));
  EXPECT_LE(rate_of_times(times, {30, 1}).hz(), 30.0);
}

TEST(PictureRate, TooFewFramesHaveTheStatedRate) {
  EXPECT_EQ(rate_of_times({}, {25, 1}), (FrameRate{25, 1}));
  EXPECT_EQ(rate_of_times(constant(10, 2), {25, 1}), (FrameRate{25, 1}));
}

TEST(RateGrid, MovesAFrameToTheNextPlaceButNotFar) {
  RateGrid grid({10, 1});
  EXPECT_EQ(grid.place(from_seconds(0)), 0);
  EXPECT_EQ(grid.place(from_seconds(0.14)), 1);
  EXPECT_EQ(grid.place(from_seconds(0.149)), 2);  // 51 ms late
  EXPECT_FALSE(grid.place(from_seconds(0.16)));
  EXPECT_EQ(grid.place(from_seconds(0.9)), 9);
}

}  // namespace
}  // namespace streamkit::media

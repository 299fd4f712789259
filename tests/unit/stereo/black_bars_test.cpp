#include "stereo/black_bars.hpp"

#include <gtest/gtest.h>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

constexpr int kWidth = 320;
constexpr int kHeight = 180;

// A bright texture within bars of these sizes, which have noise.
VideoFrame barred(int left, int top, int right, int bottom, int black = 16) {
  VideoFormat format = format_of(kWidth, kHeight);
  if (black < 16) format.range = ColorRange::Full;
  return paint(format, [=](int plane, int x, int y) {
    if (plane != 0) return 128;
    const bool bar = x < left || x >= kWidth - right || y < top || y >= kHeight - bottom;
    return bar ? black + grain(x, y, 5) : 40 + grain(x, y, 180);
  });
}

FrameArea whole() { return {0, 0, kWidth, kHeight}; }

TEST(BlackBars, AFrameWithoutBarsIsWhole) {
  EXPECT_EQ(area_within_bars(barred(0, 0, 0, 0)), whole());
  EXPECT_EQ(area_within_bars(plain(kWidth, kHeight, 128)), whole());
}

TEST(BlackBars, ABlackFrameIsWhole) {
  EXPECT_EQ(area_within_bars(plain(kWidth, kHeight, 16)), whole());
  EXPECT_EQ(area_within_bars(plain(1, 1, 16)), (FrameArea{0, 0, 1, 1}));
  EXPECT_EQ(area_within_bars(plain(3, 2, 16)), (FrameArea{0, 0, 3, 2}));
}

TEST(BlackBars, FindsLetterboxAndPillarbox) {
  EXPECT_EQ(area_within_bars(barred(0, 24, 0, 24)), (FrameArea{0, 24, kWidth, 132}));
  EXPECT_EQ(area_within_bars(barred(40, 0, 40, 0)), (FrameArea{40, 0, 240, kHeight}));
  EXPECT_EQ(area_within_bars(barred(40, 24, 40, 20)), (FrameArea{40, 24, 240, 136}));
  EXPECT_EQ(area_within_bars(barred(110, 0, 110, 0)), (FrameArea{110, 0, 100, kHeight}));
}

TEST(BlackBars, OddBarsEndWithinThePicture) {
  EXPECT_EQ(area_within_bars(barred(41, 0, 39, 0)), (FrameArea{42, 0, 238, kHeight}));
  EXPECT_EQ(area_within_bars(barred(0, 23, 0, 23)), (FrameArea{0, 24, kWidth, 132}));
}

TEST(BlackBars, FullRangeHasAnotherBlack) {
  EXPECT_EQ(area_within_bars(barred(0, 24, 0, 24, 0)), (FrameArea{0, 24, kWidth, 132}));
  EXPECT_EQ(area_within_bars(barred(0, 24, 0, 24, 9)), whole());
}

TEST(BlackBars, OneSideAloneOrOfAnotherSizeIsNoBar) {
  EXPECT_EQ(area_within_bars(barred(0, 24, 0, 0)), whole());
  EXPECT_EQ(area_within_bars(barred(0, 60, 0, 20)), whole());
  EXPECT_EQ(area_within_bars(barred(0, 0, 30, 0)), whole());
}

TEST(BlackBars, MoreThanTwoFifthsIsNoBar) {
  EXPECT_EQ(area_within_bars(barred(0, 80, 0, 80)), whole());
}

TEST(BlackBars, ALogoMayBeOnABarButNotAWideCaption) {
  const auto with = [](int size) {
    return paint(format_of(kWidth, kHeight), [=](int plane, int x, int y) {
      if (plane != 0) return 128;
      if (x >= 100 && x < 100 + size && y >= 4 && y < 12) return 235;
      return y < 24 || y >= kHeight - 24 ? 16 : 120;
    });
  };
  EXPECT_EQ(area_within_bars(with(50)), (FrameArea{0, 24, kWidth, 132}));
  EXPECT_EQ(area_within_bars(with(200)), whole());
}

TEST(BlackBars, ATextOnBlackIsNoPicture) {
  const VideoFrame card = paint(format_of(kWidth, kHeight), [](int plane, int x, int y) {
    const bool text = x > 80 && x < 240 && y > 70 && y < 110 && x % 6 < 2;
    return plane == 0 && text ? 235 : plane == 0 ? 16 : 128;
  });
  EXPECT_EQ(area_within_bars(card), whole());
}

TEST(BlackBars, ASoftEdgeIsAnEdge) {
  const VideoFrame frame = paint(format_of(kWidth, kHeight), [](int plane, int, int y) {
    if (plane != 0) return 128;
    const int inside = std::min(y, kHeight - 1 - y) - 24;
    return std::clamp(16 + 4 * (inside + 1), 16, 120);
  });
  const FrameArea area = area_within_bars(frame);
  EXPECT_EQ(area.top, 26);
  EXPECT_EQ(area.height, 128);
}

TEST(BlackBars, ADarkGradientIsNone) {
  const VideoFrame frame = paint(format_of(kWidth, kHeight), [](int plane, int, int y) {
    return plane == 0 ? 16 + std::min(y, kHeight - 1 - y) / 4 : 128;
  });
  // Its edge is where it is as bright as that.
  EXPECT_GE(area_within_bars(frame).height, kHeight / 2);
}

}  // namespace
}  // namespace streamkit::stereo

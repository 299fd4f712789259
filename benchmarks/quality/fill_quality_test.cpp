#include "quality/fill_quality.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace streamkit::quality {
namespace {

constexpr int kWidth = 160;
constexpr int kHeight = 96;
constexpr LayeredScene kStill{"still", 0, 0, 0};

std::size_t index(int x, int y) { return static_cast<std::size_t>(y) * kWidth + x; }

TEST(MovingLayers, AViewWithoutShiftIsTheSource) {
  DepthMap depth;
  std::vector<Seen> seen;
  const GreyPicture source = draw_source({"moving", 3, 2, 0}, 5, kWidth, kHeight, depth);
  const GreyPicture view = draw_view({"moving", 3, 2, 0}, 5, kWidth, kHeight, 0, 0, seen);
  EXPECT_EQ(view.values, source.values);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), Seen::Both), kWidth * kHeight);
}

TEST(MovingLayers, EachLayerMovesByItsShift) {
  DepthMap depth;
  std::vector<Seen> seen;
  const GreyPicture source = draw_source(kStill, 0, kWidth, kHeight, depth);
  const GreyPicture view = draw_view(kStill, 0, kWidth, kHeight, -2, 3, seen);
  const int y = kHeight / 2;
  const int thing = kWidth * 3 / 10;
  EXPECT_EQ(depth.values[index(thing, y)], kThingDepth);
  EXPECT_EQ(view.values[index(thing + 3, y)], source.values[index(thing, y)]);
  EXPECT_EQ(depth.values[index(140, y)], kWallDepth);
  EXPECT_EQ(view.values[index(138, y)], source.values[index(140, y)]);
  EXPECT_EQ(seen[index(kWidth - 1, y)], Seen::Beyond);
  EXPECT_EQ(seen[index(kWidth - 3, y)], Seen::Both);
}

TEST(MovingLayers, WhatAppearsBesideAThingIsHiddenInTheSource) {
  std::vector<Seen> seen;
  (void)draw_view(kStill, 0, kWidth, kHeight, -2, 3, seen);
  // The disc spans 24 to 72 in the source's middle row; at its left five columns appear.
  int hidden = 0;
  for (int x = 0; x < 40; ++x) hidden += seen[index(x, kHeight / 2)] == Seen::Hidden ? 1 : 0;
  EXPECT_NEAR(hidden, 5, 1);
  EXPECT_EQ(seen[index(24, kHeight / 2)], Seen::Hidden);
}

GreyPicture plain(std::uint8_t value) { return {4, 1, std::vector<std::uint8_t>(4, value)}; }

TEST(FillScorer, KnowsErrorAndFlickerOfItsKindAlone) {
  const std::vector<Seen> seen{Seen::Both, Seen::Hidden, Seen::Hidden, Seen::Beyond};
  FillScorer scorer(Seen::Hidden);
  GreyPicture made = plain(100);
  made.values[0] = 7;
  made.values[1] = 101;
  scorer.add(made, plain(100), seen);
  made.values[1] = 119;  // the truth rises by 20, it by 18
  made.values[2] = 121;
  scorer.add(made, plain(120), seen);
  const FillScore score = scorer.score();
  EXPECT_NEAR(score.psnr_db, 10 * std::log10(255 * 255 * 4 / 3.0), 1e-9);
  EXPECT_NEAR(score.flicker, (2 + 1) / 2.0, 1e-9);
  EXPECT_EQ(score.share, 0.5);
}

TEST(FillScorer, WhatIsNewlyHiddenDoesNotFlicker) {
  FillScorer scorer(Seen::Hidden);
  scorer.add(plain(1), plain(9), {Seen::Both, Seen::Both, Seen::Both, Seen::Both});
  scorer.add(plain(9), plain(9), {Seen::Hidden, Seen::Both, Seen::Both, Seen::Both});
  EXPECT_TRUE(std::isnan(scorer.score().flicker));
  EXPECT_TRUE(std::isinf(scorer.score().psnr_db));
}

TEST(PlainFills, AreWhatTheyAreCalled) {
  const std::vector<Seen> seen{Seen::Beyond, Seen::Both, Seen::Hidden, Seen::Both};
  const GreyPicture source{4, 1, {10, 20, 30, 40}};
  EXPECT_EQ(stretch_wall(source, 1.2, seen, true).values,
            (std::vector<std::uint8_t>{10, 10, 10, 30}));
  EXPECT_EQ(stretch_wall(source, 1.2, seen, false).values,
            (std::vector<std::uint8_t>{10, 10, 30, 30}));
  GreyPicture constant{4, 1, {0, 10, 0, 30}};
  fill_with_mean(constant, seen);
  EXPECT_EQ(constant.values, (std::vector<std::uint8_t>{10, 10, 10, 30}));
}

}  // namespace
}  // namespace streamkit::quality

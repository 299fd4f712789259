#include "stereo/measured_depth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "travelled_scene.hpp"

namespace streamkit::stereo {
namespace {

using test::travelled;

double hills(double x, double y) { return 0.35 + 0.2 * std::sin(3 * x) + 0.1 * std::cos(4 * y); }

void look(MeasuredDepth& measured, const Grid& luma) { measured.update(luma, 0, 0); }

double correlation(const Grid& measured, const test::InverseDepth& truth) {
  double sum = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  for (int row = 4; row < measured.height - 4; ++row) {
    for (int column = 8; column < measured.width - 8; ++column) {
      const double half = measured.width / 2.0;
      const double near = measured.row(row)[column];
      const double wanted =
          truth((column + 0.5) / half - 1, (row + 0.5 - measured.height / 2.0) / half);
      sum += 1;
      a += near;
      b += wanted;
      aa += near * near;
      bb += wanted * wanted;
      ab += near * wanted;
    }
  }
  return (ab / sum - a / sum * b / sum) /
         std::sqrt((aa / sum - a / sum * a / sum) * (bb / sum - b / sum * b / sum));
}

double mean_of(const Grid& grid) {
  double sum = 0;
  for (const float value : grid.values) sum += value;
  return sum / static_cast<double>(grid.values.size());
}

// So many steps lie between the frames that are looked at.
constexpr int kStep = 3;

// The camera comes back to where it began, where the truth is. Only a few steps, as the depth of
// travelled() stays where it is in the frame.
MeasuredDepth passed(const CameraTranslation& camera, const test::InverseDepth& depth,
                     int frames = 6) {
  MeasuredDepth measured;
  for (int i = frames; i >= 0; --i) look(measured, travelled(camera, depth, -kStep * i));
  return measured;
}

TEST(MeasuredDepth, ACameraThatPassesMeasuresDepth) {
  for (const double side : {-1.0, 1.0}) {
    const MeasuredDepth measured = passed({{}, {side, 0, 0}}, hills);
    EXPECT_GT(correlation(measured.nearness(), hills), 0.9) << side;
    EXPECT_GT(mean_of(measured.trust()), 0.7) << side;
  }
}

TEST(MeasuredDepth, ACameraThatTurnsOnItsWayMeasuresTheSame) {
  const MeasuredDepth measured = passed({{0.5, 0, 0}, {1, 0, 0}}, hills);
  EXPECT_GT(correlation(measured.nearness(), hills), 0.9);
}

TEST(MeasuredDepth, ACameraThatOnlyTurnsMeasuresNothing) {
  const MeasuredDepth measured =
      passed({{1.2, 0, 0}, {1, 0, 0}}, [](double, double) { return 0.0; });
  EXPECT_LT(mean_of(measured.trust()), 0.05);
}

TEST(MeasuredDepth, ACardThatPassesHasNoDepth) {
  const MeasuredDepth measured = passed({{}, {1, 0, 0}}, [](double, double) { return 0.5; });
  EXPECT_LT(mean_of(measured.trust()), 0.05);
}

TEST(MeasuredDepth, IsKeptWhileTheCameraRests) {
  const CameraTranslation camera{{}, {1, 0, 0}};
  MeasuredDepth measured = passed(camera, hills);
  const Grid last = travelled(camera, hills, 0);
  look(measured, last);
  const Grid nearness = measured.nearness();
  const Grid trust = measured.trust();
  for (int i = 0; i < 60; ++i) look(measured, last);
  EXPECT_EQ(measured.nearness().values, nearness.values);
  EXPECT_EQ(measured.trust().values, trust.values);
}

TEST(MeasuredDepth, BeforeACameraAtRestWhatMovesIsInFront) {
  MeasuredDepth measured;
  const auto thing = [](double x, double y) { return std::abs(x) < 0.2 && std::abs(y) < 0.3; };
  for (int i = -11; i <= 0; ++i) {
    Grid luma = travelled(
        {}, [](double, double) { return 0.0; }, 0);
    for (int y = 0; y < luma.height; ++y) {
      for (int x = 0; x < luma.width; ++x) {
        if (thing((x + 0.5) / 80 - 1 - 0.01 * i, (y + 0.5 - 45) / 80)) {
          luma.row(y)[x] = test::texture_at(x - 0.8 * i + 333, y);
        }
      }
    }
    look(measured, luma);
  }
  EXPECT_GT(measured.nearness().row(45)[80], 0.8F);
  EXPECT_GT(measured.trust().row(45)[80], 0.2F);
  EXPECT_LT(measured.trust().row(45)[20], 0.02F);
  EXPECT_LT(measured.trust().row(10)[130], 0.02F);
}

TEST(MeasuredDepth, GoesOnElsewhereAsIfItHadNeverStopped) {
  const CameraTranslation camera{{0.3, 0, 0}, {1, 0, 0}};
  MeasuredDepth whole = passed(camera, hills, 6);
  MeasuredDepth second;
  second.restore(travelled(camera, hills, 0), whole.evidence(), whole.weight(), whole.numbers());
  for (int i = 1; i < 5; ++i) {
    const Grid luma = travelled(camera, hills, kStep * i);
    look(whole, luma);
    look(second, luma);
    EXPECT_EQ(second.nearness().values, whole.nearness().values);
    EXPECT_EQ(second.trust().values, whole.trust().values);
  }
}

TEST(MeasuredDepth, StaysWithinItsBoundsOnAnyGridWithAnyGuess) {
  for (const auto& [width, height] : {std::pair{1, 1},
                                      {2, 2},
                                      {16, 1},
                                      {1, 16},
                                      {7, 7},
                                      {8, 9},
                                      {10, 372},
                                      {372, 10},
                                      {1, 372}}) {
    for (const int guess : {0, 1024, -1024}) {
      MeasuredDepth measured;
      for (int i = 0; i < 8; ++i) {
        Grid luma;
        luma.resize(width, height);
        for (int y = 0; y < height; ++y) {
          for (int x = 0; x < width; ++x) luma.row(y)[x] = test::texture_at(x + 1.3 * i, y - i);
        }
        measured.update(luma, guess, -guess);
        EXPECT_TRUE(MeasuredDepth::fits(measured.numbers())) << width << "x" << height;
        for (const Grid* grid : {&measured.nearness(), &measured.trust()}) {
          for (const float value : grid->values) {
            ASSERT_TRUE(value >= 0 && value <= 1) << width << "x" << height << ", guess " << guess;
          }
        }
      }
    }
  }
}

TEST(MeasuredDepth, NumbersThatCannotBeDoNotFit) {
  EXPECT_TRUE(MeasuredDepth::fits({0, 0, 0}));
  EXPECT_TRUE(MeasuredDepth::fits({1, 1, 1}));
  for (const float wrong : {-0.5F, 1.25F, 2.5F, 0.1F, std::nanf("")}) {
    EXPECT_FALSE(MeasuredDepth::fits({wrong, 0, 0})) << wrong;
    EXPECT_FALSE(MeasuredDepth::fits({0, wrong, 0})) << wrong;
    EXPECT_FALSE(MeasuredDepth::fits({0, 0, wrong})) << wrong;
  }
}

TEST(MeasuredDepth, ForgetsWhenReset) {
  MeasuredDepth measured = passed({{}, {1, 0, 0}}, hills, 4);
  measured.reset();
  EXPECT_EQ(mean_of(measured.trust()), 0);
  look(measured, travelled({}, hills, 0));
  EXPECT_EQ(measured.motion(), nullptr);
  EXPECT_EQ(mean_of(measured.trust()), 0);
}

}  // namespace
}  // namespace streamkit::stereo

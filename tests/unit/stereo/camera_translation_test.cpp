#include "stereo/camera_translation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "travelled_scene.hpp"

namespace streamkit::stereo {
namespace {

using test::travelled;

// Hills and a ground that comes nearer.
double landscape(double x, double y) {
  return 0.35 + 0.3 * y + 0.12 * std::sin(7 * x) * std::cos(6 * y);
}

CameraTranslation found(const CameraTranslation& camera, const test::InverseDepth& depth) {
  PictureMotion motion(0.55);
  motion.find(travelled(camera, depth, 0), travelled(camera, depth, 1));
  return find_camera_translation(motion);
}

double degrees_between(const CameraTranslation& a, const CameraTranslation& b) {
  double product = 0;
  for (std::size_t i = 0; i < 3; ++i) product += a.direction[i] * b.direction[i];
  return std::acos(std::min(product, 1.0)) * 57.2958;
}

void expect_near(const CameraTranslation& is, const CameraTranslation& wanted, double degrees = 10,
                 double cells = 0.15) {
  EXPECT_LT(degrees_between(is, wanted), degrees);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(is.turn[i], wanted.turn[i], cells) << i;
}

TEST(CameraTranslation, TurnsAsARotationDoes) {
  const CameraTranslation camera{{2, 0, 0}, {1, 0, 0}};
  EXPECT_DOUBLE_EQ(camera.turned(0, 0).x, 2);
  EXPECT_DOUBLE_EQ(camera.turned(0, 0).y, 0);
  // Twice as much as x^2 / f^2 and x y / f^2 with f of 60 degrees.
  EXPECT_NEAR(camera.turned(1, 0.5).x, 2 + 2.0 / 3, 1e-3);
  EXPECT_NEAR(camera.turned(1, 0.5).y, 1.0 / 3, 1e-3);
  const CameraTranslation rolling{{0, 0, 1}, {1, 0, 0}};
  EXPECT_DOUBLE_EQ(rolling.turned(0.5, 0.25).x, 0.25);
  EXPECT_DOUBLE_EQ(rolling.turned(0.5, 0.25).y, -0.5);
}

TEST(CameraTranslation, WhatIsAheadMovesAwayFromTheDirectionOfTravel) {
  const CameraTranslation ahead{{}, {0, 0, 1}};
  EXPECT_DOUBLE_EQ(ahead.towards(0, 0).x, 0);
  EXPECT_DOUBLE_EQ(ahead.towards(0.5, -0.25).x, 0.5);
  EXPECT_DOUBLE_EQ(ahead.towards(0.5, -0.25).y, -0.25);
  const CameraTranslation to_the_right{{}, {1, 0, 0}};
  EXPECT_LT(to_the_right.towards(0.5, 0.5).x, 0);
  EXPECT_DOUBLE_EQ(to_the_right.towards(0.5, 0.5).y, 0);
}

TEST(CameraTranslation, FindsACameraThatPasses) {
  for (const double side : {-1.0, 1.0}) {
    const CameraTranslation camera{{}, {side, 0, 0}};
    expect_near(found(camera, landscape), camera);
  }
}

TEST(CameraTranslation, FindsACameraThatTravelsAhead) {
  const CameraTranslation camera{{}, {0.1961, 0, 0.9806}};
  expect_near(found(camera, [](double x, double y) { return 2 * landscape(x, y); }), camera);
}

TEST(CameraTranslation, TellsTurningFromTravelling) {
  const CameraTranslation camera{{0.8, -0.3, 0.2}, {0.8, 0, 0.6}};
  expect_near(found(camera, landscape), camera, 25, 0.3);
}

TEST(CameraTranslation, FollowsMostOfTheFrameNotWhatMovesByItself) {
  const CameraTranslation camera{{0.4, 0, 0}, {1, 0, 0}};
  const Grid before = travelled(camera, landscape, 0);
  Grid now = travelled(camera, landscape, 1);
  // A tenth of the frame falls.
  for (int y = 20; y < 68; ++y) {
    for (int x = 60; x < 90; ++x) now.row(y)[x] = test::texture_at(x, y - 1.5);
  }
  PictureMotion motion(0.55);
  motion.find(before, now);
  expect_near(find_camera_translation(motion), camera);
}

TEST(CameraTranslation, IsFiniteWhereThereIsNothingToSee) {
  for (const int side : {1, 2, 40}) {
    Grid plain;
    plain.resize(side, side);
    PictureMotion motion(0.55);
    motion.find(plain, plain);
    const CameraTranslation camera = find_camera_translation(motion);
    for (const double part : camera.turn) EXPECT_TRUE(std::isfinite(part)) << side;
    for (const double part : camera.direction) EXPECT_TRUE(std::isfinite(part)) << side;
  }
}

}  // namespace
}  // namespace streamkit::stereo

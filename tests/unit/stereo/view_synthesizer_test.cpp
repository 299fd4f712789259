#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <streamkit/stereo/view_synthesizer.hpp>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::infinity();

// Three planes of one size.
struct Picture {
  Picture(int width, int height) : width_px(width), height_px(height) {
    for (auto& plane : planes) plane.resize(static_cast<std::size_t>(width * height));
  }
  std::uint8_t& at(int plane, int x, int y) {
    return planes[static_cast<std::size_t>(plane)][static_cast<std::size_t>(y * width_px + x)];
  }
  std::array<VideoPlane, 3> read() const {
    std::array<VideoPlane, 3> views;
    for (std::size_t i = 0; i < 3; ++i)
      views[i] = {planes[i].data(), width_px, width_px, height_px};
    return views;
  }
  std::array<WritablePlane, 3> write() {
    std::array<WritablePlane, 3> views;
    for (std::size_t i = 0; i < 3; ++i)
      views[i] = {planes[i].data(), width_px, width_px, height_px};
    return views;
  }
  int width_px;
  int height_px;
  std::array<std::vector<std::uint8_t>, 3> planes;
};

Picture grainy(int width, int height) {
  Picture picture(width, height);
  for (int plane = 0; plane < 3; ++plane) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        picture.at(plane, x, y) = static_cast<std::uint8_t>(test::grain(x + 7 * plane, y, 120));
      }
    }
  }
  return picture;
}

DisparityMap map_of(const Picture& picture, float value) {
  return {picture.width_px, picture.height_px, std::vector<float>(picture.planes[0].size(), value)};
}

TEST(ViewSynthesizer, MovesAPlaneByItsDisparity) {
  const Picture left = grainy(80, 12);
  for (const int disparity : {5, -3}) {
    Picture right(80, 12);
    ASSERT_TRUE(synthesize_right_view(left.read(), map_of(left, static_cast<float>(disparity)), {},
                                      right.write()));
    for (int plane = 0; plane < 3; ++plane) {
      for (int y = 0; y < 12; ++y) {
        for (int x = 8; x < 72; ++x) {
          ASSERT_EQ(right.at(plane, x - disparity, y), Picture(left).at(plane, x, y));
        }
      }
    }
  }
}

// A bright post before a dark wall whose upper half is darker than the lower one.
struct Post {
  Post() : left(120, 40), map(map_of(left, 4)) {
    for (int plane = 0; plane < 3; ++plane) {
      for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 120; ++x) {
          left.at(plane, x, y) = in_post(x) ? 220 : y < 20 ? 40 : 80;
        }
      }
    }
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      if (in_post(static_cast<int>(i % 120))) map.values[i] = 16;
    }
  }
  static bool in_post(int x) { return x >= 60 && x < 70; }
  Picture left;
  DisparityMap map;
};

TEST(ViewSynthesizer, FillsWithTheBackgroundAndKeepsItsEdges) {
  Post scene;
  Picture right(120, 40);
  ASSERT_TRUE(synthesize_right_view(scene.left.read(), scene.map, {0}, right.write()));
  for (int y = 0; y < 40; ++y) {
    const int wall = y < 20 ? 40 : 80;
    for (int x = 0; x < 115; ++x) {
      const bool post = x >= 44 && x < 54;
      if (post) {
        EXPECT_EQ(right.at(0, x, y), 220) << x << "," << y;
      } else if (std::abs(y - 19.5) > 12) {
        EXPECT_NEAR(right.at(0, x, y), wall, 4) << x << "," << y;
      } else {
        // Softer the deeper in the hole, never anything else than the wall.
        EXPECT_GE(right.at(0, x, y), 40);
        EXPECT_LE(right.at(0, x, y), 80);
      }
    }
    EXPECT_EQ(right.at(0, 66, y), wall);  // visible again
    EXPECT_NEAR(right.at(0, 65, y), wall, 10);
  }
}

TEST(ViewSynthesizer, UnknownDisparityIsTakenFromAround) {
  Post scene;
  Picture known(120, 40);
  ASSERT_TRUE(synthesize_right_view(scene.left.read(), scene.map, {}, known.write()));
  for (const auto& [x, y] : {std::pair{10, 3}, {64, 20}, {100, 39}, {0, 0}, {119, 7}}) {
    scene.map.values[static_cast<std::size_t>(y * 120 + x)] = kUnknown;
  }
  for (int x = 0; x < 120; ++x) scene.map.values[static_cast<std::size_t>(30 * 120 + x)] = 0;
  Picture guessed(120, 40);
  ASSERT_TRUE(synthesize_right_view(scene.left.read(), scene.map, {}, guessed.write()));
  EXPECT_EQ(guessed.planes, known.planes);
}

TEST(ViewSynthesizer, AGapBesideAForegroundIsBackground) {
  Post scene;
  // What only the left camera sees is left of the post, and was not measured.
  for (int y = 0; y < 40; ++y) {
    for (int x = 48; x < 60; ++x)
      scene.map.values[static_cast<std::size_t>(y * 120 + x)] = kUnknown;
  }
  Picture right(120, 40);
  ASSERT_TRUE(synthesize_right_view(scene.left.read(), scene.map, {0}, right.write()));
  for (int x = 40; x < 44; ++x) EXPECT_EQ(right.at(0, x, 5), 40) << x;
  for (int x = 44; x < 54; ++x) EXPECT_EQ(right.at(0, x, 5), 220) << x;
}

TEST(ViewSynthesizer, TakesTheSmallestPicturesAndTheWidestDisparities) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 3}, {40, 1}, {1, 40}}) {
    Picture left = grainy(width, height);
    for (const auto disparity : {1.0F, -1.0F, static_cast<float>(width)}) {
      if (std::abs(disparity) > static_cast<float>(width)) continue;
      Picture right(width, height);
      EXPECT_TRUE(synthesize_right_view(left.read(), map_of(left, disparity), {16}, right.write()));
    }
  }
}

TEST(ViewSynthesizer, SaysWhatIsWrongWithTheDisparity) {
  Picture left = grainy(20, 10);
  Picture right(20, 10);
  const auto code = [&](const DisparityMap& map, SynthesisOptions options = {}) {
    const auto done = synthesize_right_view(left.read(), map, options, right.write());
    return done ? ErrorCode::Internal : done.error().code;
  };
  EXPECT_EQ(code(map_of(left, 0)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(left, kUnknown)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(left, std::nanf(""))), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(left, 21)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(Picture(10, 20), 1)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({20, 10, {1, 2, 3}}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(left, 1), {17}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(map_of(left, 1), {-1}), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::stereo

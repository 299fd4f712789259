#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

using test::at;
using test::depth_of;
using test::flat_depth;
using test::format_of;
using test::grain;
using test::grainy;
using test::paint;
using test::plain;

VideoFrame render(const StereoOptions& options, const VideoFrame& frame, const DepthMap& depth) {
  auto renderer = ForwardWarpRenderer::create(options);
  EXPECT_TRUE(renderer);
  Result<VideoFrame> packed = (*renderer)->render(frame, depth);
  EXPECT_TRUE(packed) << (packed ? "" : to_string(packed.error()));
  return packed ? *packed : frame;
}

// For depth whose edges are exact.
constexpr StereoOptions kExact{.edge_dilation_x_px = 0, .edge_dilation_y_px = 0};

StereoOptions exact(StereoMode mode, double divergence = 2) {
  StereoOptions options = kExact;
  options.mode = mode;
  options.divergence = divergence;
  return options;
}

// A dark wall and, before it, a bright square; both with a grain that makes each pixel its own.
// At divergence 2 and convergence 0.5 the wall moves by 4 px and the square by 4 px, apart.
class WallAndSquare : public testing::Test {
 protected:
  static constexpr int kWidth = 800;
  static constexpr int kHeight = 64;
  static constexpr int kShift = 4;
  static constexpr int kLeft = 300;
  static constexpr int kRight = 400;
  static constexpr int kTop = 16;
  static constexpr int kBottom = 48;

  static bool in_square(int x, int y) {
    return x >= kLeft && x < kRight && y >= kTop && y < kBottom;
  }
  const VideoFrame source = paint(format_of(kWidth, kHeight), [](int plane, int x, int y) {
    const bool square = plane == 0 ? in_square(x, y) : in_square(2 * x, 2 * y);
    if (plane == 0) return (square ? 180 : 20) + grain(x, y, 60);
    return square ? 200 : 60;
  });
  const DepthMap depth =
      depth_of(kWidth, kHeight, [](int x, int y) { return in_square(x, y) ? 1.0F : 0.0F; });
  const VideoFrame packed = render(kExact, source, depth);
};

TEST_F(WallAndSquare, NearThingsAreSeenCrossed) {
  for (int y = kTop; y < kBottom; ++y) {
    for (int x = kLeft; x < kRight; ++x) {
      ASSERT_EQ(at(packed, 0, x + kShift, y), at(source, 0, x, y)) << x << "," << y;
      ASSERT_EQ(at(packed, 0, kWidth + x - kShift, y), at(source, 0, x, y)) << x << "," << y;
    }
  }
}

TEST_F(WallAndSquare, FarThingsMoveTheOtherWay) {
  for (int y = 0; y < kHeight; ++y) {
    for (int x = kShift; x < kWidth - kShift; ++x) {
      const bool covered = y >= kTop && y < kBottom && x > kLeft - 12 && x < kRight + 12;
      if (covered) continue;
      ASSERT_EQ(at(packed, 0, x - kShift, y), at(source, 0, x, y)) << x << "," << y;
      ASSERT_EQ(at(packed, 0, kWidth + x + kShift, y), at(source, 0, x, y)) << x << "," << y;
    }
  }
}

TEST_F(WallAndSquare, TheNearerHidesTheFartherUpToItsEdge) {
  // In the left eye the square's right edge lies over the wall, in the right eye its left one.
  for (int y = kTop; y < kBottom; ++y) {
    EXPECT_EQ(at(packed, 0, kRight + kShift, y), at(source, 0, kRight + 2 * kShift, y));
    EXPECT_EQ(at(packed, 0, kWidth + kLeft - kShift - 1, y),
              at(source, 0, kLeft - 2 * kShift - 1, y));
  }
}

TEST_F(WallAndSquare, HolesAreFilledFromTheBackground) {
  for (int y = kTop; y < kBottom; ++y) {
    for (int x = kLeft - kShift; x < kLeft + kShift; ++x) {
      ASSERT_LT(at(packed, 0, x, y), 80) << "left eye " << x << "," << y;
    }
    for (int x = kRight - kShift; x < kRight + kShift; ++x) {
      ASSERT_LT(at(packed, 0, kWidth + x, y), 80) << "right eye " << x << "," << y;
    }
  }
}

TEST_F(WallAndSquare, ChromaKeepsToItsLuma) {
  for (int y = kTop; y < kBottom; y += 2) {
    for (int x = 0; x < kWidth; x += 2) {
      const bool bright = at(packed, 0, x, y) >= 180;
      ASSERT_EQ(at(packed, 1, x / 2, y / 2), bright ? 200 : 60) << x << "," << y;
      ASSERT_EQ(at(packed, 2, x / 2, y / 2), bright ? 200 : 60) << x << "," << y;
    }
  }
}

TEST_F(WallAndSquare, StacksTheSameViews) {
  const VideoFrame stacked = render(exact(StereoMode::FullTb), source, depth);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_EQ(at(stacked, 0, x, y), at(packed, 0, x, y));
      ASSERT_EQ(at(stacked, 0, x, kHeight + y), at(packed, 0, kWidth + x, y));
    }
  }
}

TEST_F(WallAndSquare, HalfModesAreTheMeanOfTwoPixels) {
  const VideoFrame across = render(exact(StereoMode::HalfSbs), source, depth);
  const VideoFrame down = render(exact(StereoMode::HalfTb), source, depth);
  const VideoFrame stacked = render(exact(StereoMode::FullTb), source, depth);
  for (int plane = 0; plane < 3; ++plane) {
    const int width = plane == 0 ? kWidth : kWidth / 2;
    const int height = plane == 0 ? kHeight : kHeight / 2;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int two_across = at(packed, plane, 2 * x, y) + at(packed, plane, 2 * x + 1, y);
        ASSERT_EQ(at(across, plane, x, y), (two_across + 1) / 2) << plane << " " << x << "," << y;
        const int two_down = at(stacked, plane, x, 2 * y) + at(stacked, plane, x, 2 * y + 1);
        ASSERT_EQ(at(down, plane, x, y), (two_down + 1) / 2) << plane << " " << x << "," << y;
      }
    }
  }
}

TEST(ForwardWarpRenderer, MovesByFractionsOfAPixel) {
  // 200 px wide: (1 - 0.5) * 0.5 % * 200 / 2 = a quarter pixel.
  const VideoFrame ramp =
      paint(format_of(200, 2), [](int plane, int x, int) { return plane == 0 ? x : 128; });
  const VideoFrame packed = render({StereoMode::FullSbs, 0.5, 0.5}, ramp, flat_depth(1));
  const VideoFrame wide = paint(
      format_of(200, 2), [](int plane, int x, int) { return plane == 0 ? (x % 2) * 200 : 128; });
  const VideoFrame mixed = render({StereoMode::FullSbs, 0.5, 0.5}, wide, flat_depth(1));
  for (int x = 2; x < 198; ++x) {
    EXPECT_NEAR(at(packed, 0, x, 0), x - 0.25, 0.5);
    EXPECT_EQ(at(mixed, 0, x, 0), x % 2 == 0 ? 50 : 150) << x;
  }
}

TEST(ForwardWarpRenderer, BothViewsAreTheSourceAtDivergenceZero) {
  for (const auto& [width, height] : {std::pair{64, 48}, {33, 17}, {2, 2}, {1, 9}, {9, 1}}) {
    const VideoFrame source = grainy(width, height);
    const DepthMap depth =
        depth_of(width, height, [](int x, int y) { return grain(x, y, 100) / 99.0F; });
    const VideoFrame across = render({StereoMode::FullSbs, 0}, source, depth);
    const VideoFrame down = render({StereoMode::FullTb, 0}, source, depth);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        ASSERT_EQ(at(across, 0, x, y), at(source, 0, x, y));
        ASSERT_EQ(at(across, 0, width + x, y), at(source, 0, x, y));
        ASSERT_EQ(at(down, 0, x, y), at(source, 0, x, y));
        ASSERT_EQ(at(down, 0, x, height + y), at(source, 0, x, y));
      }
    }
    if (width % 2 != 0 || height % 2 != 0) continue;
    for (int y = 0; y < height / 2; ++y) {
      for (int x = 0; x < width / 2; ++x) {
        ASSERT_EQ(at(across, 1, x, y), at(source, 1, x, y));
        ASSERT_EQ(at(across, 2, width / 2 + x, y), at(source, 2, x, y));
        ASSERT_EQ(at(down, 2, x, height / 2 + y), at(source, 2, x, y));
      }
    }
  }
}

TEST(ForwardWarpRenderer, OnePlaneMovesAsAWhole) {
  const VideoFrame source = grainy(400, 8);
  const VideoFrame packed = render({}, source, flat_depth(1));  // 2 px each
  const VideoFrame still = render({}, source, flat_depth(0.5F));
  for (int y = 0; y < 8; ++y) {
    for (int x = 2; x < 398; ++x) {
      ASSERT_EQ(at(packed, 0, x + 2, y), at(source, 0, x, y));
      ASSERT_EQ(at(packed, 0, 400 + x - 2, y), at(source, 0, x, y));
      ASSERT_EQ(at(still, 0, x, y), at(source, 0, x, y));
      ASSERT_EQ(at(still, 0, 400 + x, y), at(source, 0, x, y));
    }
  }
}

TEST(ForwardWarpRenderer, ConvergenceMovesAllByTheSame) {
  const VideoFrame source = grainy(400, 4);
  const VideoFrame before = render({StereoMode::FullSbs, 2, 0}, source, flat_depth(0.5F));
  const VideoFrame behind = render({StereoMode::FullSbs, 2, 1}, source, flat_depth(0.5F));
  for (int x = 2; x < 398; ++x) {
    ASSERT_EQ(at(before, 0, x + 2, 1), at(source, 0, x, 1));
    ASSERT_EQ(at(behind, 0, x - 2, 1), at(source, 0, x, 1));
  }
}

TEST(ForwardWarpRenderer, ACoarseDepthMapIsFittedToTheEdgesOfThePicture) {
  // Cells of 16 px; the square's edges lie within cells, whose depth is a mixture.
  const auto in_square = [](int x, int y) { return x >= 267 && x < 373 && y >= 71 && y < 201; };
  const VideoFrame source = paint(format_of(640, 320), [&](int plane, int x, int y) {
    return plane == 0 && in_square(x, y) ? 220 : plane == 0 ? 30 : 128;
  });
  const DepthMap depth = depth_of(40, 20, [&](int x, int y) {
    int inside = 0;
    for (int i = 0; i < 256; ++i) inside += in_square(16 * x + i % 16, 16 * y + i / 16) ? 1 : 0;
    return static_cast<float>(inside) / 256.0F;
  });
  const VideoFrame packed = render({StereoMode::FullSbs, 5}, source, depth);
  for (int y = 80; y < 190; ++y) {
    int first = -1;
    int bright = 0;
    for (int x = 0; x < 640; ++x) {
      if (at(packed, 0, x, y) < 125) continue;
      if (first < 0) first = x;
      ++bright;
    }
    // The square keeps its width and stands where its depth puts it: 8 px to the right.
    ASSERT_NEAR(bright, 106, 3) << y;
    ASSERT_NEAR(first, 267 + 8, 3) << y;
  }
}

// A square of 220 before a wall of 30, each in its own plane.
struct PlainScene {
  explicit PlainScene(int stain)
      : source(paint(format_of(800, 4),
                     [=](int plane, int x, int) {
                       const bool stained = x >= 300 - stain && x < 400 + stain;
                       return plane != 0 ? 128 : x >= 300 && x < 400 ? 220 : stained ? 120 : 30;
                     })),
        depth(depth_of(800, 4, [](int x, int) { return x >= 300 && x < 400 ? 1.0F : 0.0F; })) {}
  VideoFrame source;
  DepthMap depth;
};

TEST(ForwardWarpRenderer, WhatAnEdgeHasStainedDoesNotStandAloneInAHole) {
  const PlainScene scene(2);
  const VideoFrame packed = render({}, scene.source, scene.depth);
  // They stay with the square, which stands at 304 to 404 and at 296 to 396.
  for (int x = 0; x < 800; ++x) {
    const int left = x < 302 || x >= 406 ? at(packed, 0, x, 1) : 30;
    const int right = x < 294 || x >= 398 ? at(packed, 0, 800 + x, 1) : 30;
    EXPECT_EQ(left, 30) << x;
    EXPECT_EQ(right, 30) << x;
  }
}

// All of it moves to the right, by 20 px in the left view.
constexpr StereoOptions kAllNear{.divergence = 4, .convergence = 0};
constexpr int kUncovered = 20;

TEST(ForwardWarpRenderer, WhatLiesBeyondTheEdgeHasTheGrainOfWhatLiesBesideIt) {
  const VideoFrame source = paint(format_of(1000, 8), [](int plane, int x, int) {
    return plane > 0 ? 128 : x % 4 < 2 ? 90 : 120;
  });
  const VideoFrame packed = render(kAllNear, source, flat_depth(1));
  int lowest = 255;
  int highest = 0;
  for (int x = 4; x < kUncovered; ++x) {
    lowest = std::min(lowest, at(packed, 0, x, 4));
    highest = std::max(highest, at(packed, 0, x, 4));
  }
  EXPECT_GE(highest - lowest, 5);
  EXPECT_GE(lowest, 85);
  EXPECT_LE(highest, 125);
}

TEST(ForwardWarpRenderer, ABlackBarAtTheEdgeStaysBlackBeyondIt) {
  constexpr int kBar = 12;
  const VideoFrame source = paint(format_of(1000, 8), [](int plane, int x, int) {
    if (plane > 0) return x < kBar / 2 ? 128 : 90;
    return x < kBar ? 16 : 130;
  });
  const VideoFrame packed = render(kAllNear, source, flat_depth(1));
  for (int x = 0; x < kUncovered; ++x) {
    EXPECT_EQ(at(packed, 0, x, 4), 16) << x;
    EXPECT_EQ(at(packed, 1, x / 2, 2), 128) << x;
  }
}

TEST(ForwardWarpRenderer, AnObjectKeepsItsWidthBetweenPixels) {
  const PlainScene scene(0);
  for (const double divergence : {2.0, 2.125, 2.25, 2.375, 1.9, 1.8}) {
    const VideoFrame packed =
        render(exact(StereoMode::FullSbs, divergence), scene.source, scene.depth);
    for (const int eye : {0, 800}) {
      int bright = 0;
      for (int x = 0; x < 800; ++x) bright += at(packed, 0, eye + x, 1) > 125 ? 1 : 0;
      EXPECT_EQ(bright, 100) << divergence << " " << eye;
    }
  }
}

TEST(ForwardWarpRenderer, NamesTheFormatOfEachMode) {
  struct Row {
    StereoMode mode;
    int width;
    int height;
  };
  for (const Row& row : {Row{StereoMode::FullSbs, 2560, 720},
                         {StereoMode::HalfSbs, 1280, 720},
                         {StereoMode::FullTb, 1280, 1440},
                         {StereoMode::HalfTb, 1280, 720},
                         {StereoMode::FullCross, 2560, 720},
                         {StereoMode::HalfCross, 1280, 720},
                         {StereoMode::RowInterlaced, 1280, 720},
                         {StereoMode::AnaglyphColor, 1280, 720},
                         {StereoMode::AnaglyphDubois, 1280, 720},
                         {StereoMode::Vr180, 2560, 1280},
                         {StereoMode::Depth, 1280, 720},
                         {StereoMode::Rgbd, 2560, 720},
                         {StereoMode::LeftView, 1280, 720}}) {
    VideoFormat source = format_of(1280, 720);
    source.matrix = ColorMatrix::Bt601;
    source.range = ColorRange::Full;
    source.frame_rate = {30'000, 1001};
    VideoFormat expected = source;
    expected.width_px = row.width;
    expected.height_px = row.height;
    auto renderer = ForwardWarpRenderer::create({row.mode});
    const Result<VideoFormat> format = (*renderer)->output_format(source);
    ASSERT_TRUE(format);
    EXPECT_EQ(*format, expected) << to_string(row.mode);
  }
}

// Whether a plain picture is one in this mode too.
bool shows_plain_views(StereoMode mode) {
  return mode <= StereoMode::RowInterlaced || mode >= StereoMode::LeftView;
}

TEST(ForwardWarpRenderer, TakesAnySizeAndKeepsAPlainPicturePlain) {
  for (const StereoModeInfo& mode : stereo_modes()) {
    auto renderer = ForwardWarpRenderer::create({mode.mode, 10});
    for (const auto& [width, height] : {std::pair{1, 1},
                                        {1, 2},
                                        {2, 1},
                                        {2, 2},
                                        {3, 3},
                                        {5, 7},
                                        {6, 6},
                                        {1, 33},
                                        {33, 1},
                                        {854, 6},
                                        {1000, 2},
                                        {427, 9},
                                        {4, 500},
                                        {16384, 1},
                                        {8192, 2}}) {
      const VideoFrame source = plain(width, height, 77, 90, 160);
      for (const auto& [across, down] : {std::pair{1, 1}, {3, 2}, {width, height}, {40, 70}}) {
        const DepthMap depth =
            depth_of(across, down, [](int x, int y) { return grain(x, y, 64) / 63.0F; });
        const Result<VideoFrame> packed = (*renderer)->render(source, depth);
        const bool across_halved =
            mode.mode == StereoMode::HalfSbs || mode.mode == StereoMode::HalfCross;
        const bool too_small =
            (across_halved && width < 2) || (mode.mode == StereoMode::HalfTb && height < 2);
        const bool too_large = width * mode.width_factor > 16384;
        ASSERT_EQ(packed.has_value(), !too_small && !too_large)
            << mode.name << " " << width << "x" << height;
        if (!packed) {
          EXPECT_EQ(packed.error().code, ErrorCode::InvalidArgument);
          continue;
        }
        if (!shows_plain_views(mode.mode)) continue;
        for (int plane = 0; plane < 3; ++plane) {
          const VideoPlane& pixels = packed->planes[static_cast<std::size_t>(plane)];
          for (int y = 0; y < pixels.height_px; ++y) {
            for (int x = 0; x < pixels.width_px; ++x) {
              ASSERT_EQ(pixels.row(y)[x], at(source, plane, 0, 0))
                  << mode.name << " " << width << "x" << height << " plane " << plane << " at " << x
                  << "," << y;
            }
          }
        }
      }
    }
  }
}

TEST(ForwardWarpRenderer, OddViewsKeepTheirChromaInPlace) {
  // A ramp: the right view starts at an odd column, so that its chroma lies between two samples.
  const VideoFrame source = paint(
      format_of(7, 2), [](int plane, int x, int) { return plane == 0 ? 10 * x : 20 * x + 40; });
  const VideoFrame packed = render({StereoMode::FullSbs, 0}, source, flat_depth(0.5F));
  ASSERT_EQ(packed.planes[1].width_px, 7);
  const int expected[] = {40, 60, 80, 100, 50, 70, 90};
  for (int x = 0; x < 7; ++x) EXPECT_EQ(at(packed, 1, x, 0), expected[x]) << x;
}

class Anaglyph : public testing::TestWithParam<std::pair<ColorMatrix, ColorRange>> {
 protected:
  VideoFormat format() const {
    VideoFormat format = format_of(400, 4);
    format.matrix = GetParam().first;
    format.range = GetParam().second;
    return format;
  }
  int black() const { return GetParam().second == ColorRange::Full ? 0 : 16; }
  int white() const { return GetParam().second == ColorRange::Full ? 255 : 235; }
};

TEST_P(Anaglyph, GreyStaysGrey) {
  const VideoFrame source = paint(format(), [&](int plane, int x, int) {
    return plane == 0 ? std::clamp(x, black(), white()) : 128;
  });
  const VideoFrame mixed = render({StereoMode::AnaglyphDubois, 0}, source, flat_depth(0.5F));
  for (int x = 0; x < 400; ++x) EXPECT_NEAR(at(mixed, 0, x, 1), at(source, 0, x, 1), 1) << x;
  for (int x = 0; x < 200; ++x) {
    EXPECT_NEAR(at(mixed, 1, x, 1), 128, 1) << x;
    EXPECT_NEAR(at(mixed, 2, x, 1), 128, 1) << x;
  }
}

TEST_P(Anaglyph, WhatOnlyTheLeftEyeSeesIsRedAndTheRightEyeCyan) {
  // White left of column 200, black right of it, all 2 px before the screen: for 4 columns the
  // left eye sees white and the right eye black.
  const VideoFrame edge = paint(format(), [&](int plane, int x, int) {
    return plane != 0 ? 128 : x < 200 ? white() : black();
  });
  const VideoFrame red = render({StereoMode::AnaglyphDubois}, edge, flat_depth(1));
  const VideoFrame cyan = render({StereoMode::AnaglyphDubois}, edge, flat_depth(0));
  const bool bt709 = GetParam().first == ColorMatrix::Bt709;
  const double kr = bt709 ? 0.2126 : 0.299;
  const double kb = bt709 ? 0.0722 : 0.114;
  const double chroma = GetParam().second == ColorRange::Full ? 255 : 224;
  const auto expect = [&](const VideoFrame& mixed, double r, double g, double b) {
    const double luma = kr * r + (1 - kr - kb) * g + kb * b;
    EXPECT_NEAR(at(mixed, 0, 200, 1), black() + luma * (white() - black()), 1);
    EXPECT_NEAR(at(mixed, 1, 100, 0), 128 + chroma * (b - luma) / (2 * (1 - kb)), 1);
    EXPECT_NEAR(at(mixed, 2, 100, 0), 128 + chroma * (r - luma) / (2 * (1 - kr)), 1);
  };
  expect(red, 1, 0, 0);   // the matrix rows' sums, clamped: 1.13, -0.09, -0.04
  expect(cyan, 0, 1, 1);  // -0.13, 1.09, 1.04
}

INSTANTIATE_TEST_SUITE_P(MatricesAndRanges, Anaglyph,
                         testing::Values(std::pair{ColorMatrix::Bt601, ColorRange::Limited},
                                         std::pair{ColorMatrix::Bt601, ColorRange::Full},
                                         std::pair{ColorMatrix::Bt709, ColorRange::Limited},
                                         std::pair{ColorMatrix::Bt709, ColorRange::Full}));

TEST(ForwardWarpRenderer, ContainsDepthThatIsNoNumber) {
  const VideoFrame source = grainy(64, 16);
  const DepthMap depth = depth_of(64, 16, [](int x, int y) {
    const int kind = grain(x, y, 3);
    return kind == 0   ? std::numeric_limits<float>::quiet_NaN()
           : kind == 1 ? std::numeric_limits<float>::infinity()
                       : -std::numeric_limits<float>::infinity();
  });
  const VideoFrame packed = render({}, source, depth);
  for (int x = 0; x < 64; ++x) EXPECT_EQ(at(packed, 0, x, 5), at(source, 0, x, 5));
}

// Of a step of 4, each rounding to 8 bits loses a part. Modes that scale the views round once more.
TEST(ForwardWarpRenderer, TenBitsAreTheSameViewsInFinerSteps) {
  constexpr int kStep = 4;
  const VideoFrame source = grainy(322, 98);
  const DepthMap depth = depth_of(40, 12, [](int x, int y) {
    return x > 12 && x < 22 && y > 3 ? 0.9F : 0.02F * static_cast<float>(x % 7 + y);
  });
  for (const StereoModeInfo& mode : stereo_modes()) {
    if (mode.name.find("anaglyph") != std::string_view::npos) continue;
    for (const ScreenEdge edge : {ScreenEdge::Fill, ScreenEdge::FloatingWindow}) {
      const StereoOptions options{.mode = mode.mode, .screen_edge = edge};
      const VideoFrame plain_views = render(options, source, depth);
      const VideoFrame deep_views = render(options, test::deep_of(source), depth);
      ASSERT_EQ(deep_views.format.pixel_format, PixelFormat::I420P10);
      int worst = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const VideoPlane& plane = plain_views.planes[i];
        for (int y = 0; y < plane.height_px; ++y) {
          const auto* deep = reinterpret_cast<const std::uint16_t*>(deep_views.planes[i].row(y));
          for (int x = 0; x < plane.width_px; ++x) {
            worst = std::max(worst, std::abs(deep[x] - kStep * plane.row(y)[x]));
          }
        }
      }
      const bool scaled = mode.name.starts_with("half") || mode.mode == StereoMode::Vr180;
      EXPECT_LE(worst, scaled ? kStep + 2 : kStep) << mode.name;
    }
  }
}

TEST(ForwardWarpRenderer, CarriesTheTimestampsOver) {
  VideoFrame source = plain(16, 16, 50);
  source.pts = MediaTime{1234};
  source.duration = MediaTime{56};
  const VideoFrame packed = render({}, source, flat_depth(0.2F));
  EXPECT_EQ(packed.pts, MediaTime{1234});
  EXPECT_EQ(packed.duration, MediaTime{56});
}

TEST(ForwardWarpRenderer, RefusesWhatItCannotRender) {
  auto renderer = ForwardWarpRenderer::create();
  const VideoFrame source = plain(16, 16, 50);
  EXPECT_EQ((*renderer)->render(source, {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ((*renderer)->render(source, {4, 4, {0.5F}}).error().code, ErrorCode::InvalidArgument);
  const auto anaglyph = ForwardWarpRenderer::create({.mode = StereoMode::AnaglyphDubois}).value();
  EXPECT_EQ(anaglyph->render(test::deep_of(source), flat_depth(0)).error().code,
            ErrorCode::Unsupported);
  EXPECT_EQ((*renderer)->output_format(format_of(10'000, 100)).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ((*renderer)->output_format(format_of(0, 100)).error().code, ErrorCode::InvalidArgument);
}

TEST(ForwardWarpRenderer, ChecksItsOptions) {
  const double nan = std::nan("");
  for (const auto& [divergence, convergence] :
       {std::pair{-0.1, 0.5}, {10.1, 0.5}, {nan, 0.5}, {2.0, -0.1}, {2.0, 1.1}, {2.0, nan}}) {
    auto renderer = ForwardWarpRenderer::create({StereoMode::FullSbs, divergence, convergence});
    ASSERT_FALSE(renderer) << divergence << " " << convergence;
    EXPECT_EQ(renderer.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_TRUE(ForwardWarpRenderer::create({StereoMode::FullSbs, 0, 0}));
  EXPECT_TRUE(ForwardWarpRenderer::create({StereoMode::FullSbs, 10, 1}));
}

}  // namespace
}  // namespace streamkit::stereo

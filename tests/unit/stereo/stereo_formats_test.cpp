#include <gtest/gtest.h>

#include <cmath>
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

VideoFrame render(StereoMode mode, const VideoFrame& frame, const DepthMap& depth) {
  return render(StereoOptions{.mode = mode}, frame, depth);
}

// A near disc before a far wall, all of it grainy.
class Formats : public testing::Test {
 protected:
  static constexpr int kWidth = 200;
  static constexpr int kHeight = 48;
  const VideoFrame source = grainy(kWidth, kHeight);
  const DepthMap depth = depth_of(kWidth, kHeight, [](int x, int y) {
    return (x - 90) * (x - 90) + (y - 24) * (y - 24) < 300 ? 1.0F : 0.1F;
  });
  const VideoFrame left = render(StereoMode::LeftView, source, depth);
  const VideoFrame right = render(StereoMode::RightView, source, depth);
};

TEST_F(Formats, SingleViewsAreTheHalvesOfSideBySide) {
  const VideoFrame both = render(StereoMode::FullSbs, source, depth);
  for (int plane = 0; plane < 3; ++plane) {
    const int width = plane == 0 ? kWidth : kWidth / 2;
    for (int y = 0; y < (plane == 0 ? kHeight : kHeight / 2); ++y) {
      for (int x = 0; x < width; ++x) {
        ASSERT_EQ(at(left, plane, x, y), at(both, plane, x, y));
        ASSERT_EQ(at(right, plane, x, y), at(both, plane, width + x, y));
      }
    }
  }
}

TEST_F(Formats, CrossedViewsChangePlaces) {
  const std::pair<StereoMode, StereoMode> pairs[] = {{StereoMode::FullSbs, StereoMode::FullCross},
                                                     {StereoMode::HalfSbs, StereoMode::HalfCross}};
  for (const auto& [straight, crossed] : pairs) {
    const VideoFrame a = render(straight, source, depth);
    const VideoFrame b = render(crossed, source, depth);
    const int half = a.format.width_px / 2;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < half; ++x) {
        ASSERT_EQ(at(a, 0, x, y), at(b, 0, half + x, y));
        ASSERT_EQ(at(a, 0, half + x, y), at(b, 0, x, y));
      }
    }
  }
}

TEST_F(Formats, InterlacedRowsBelongToTheEyesInTurn) {
  const VideoFrame rows = render(StereoMode::RowInterlaced, source, depth);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_EQ(at(rows, 0, x, y), at(y % 2 == 0 ? left : right, 0, x, y));
    }
  }
  for (int x = 0; x < kWidth / 2; ++x) {
    ASSERT_EQ(at(rows, 1, x, 7), (at(left, 1, x, 7) + at(right, 1, x, 7) + 1) / 2);
  }
}

TEST_F(Formats, DepthIsGreyFromBlackToWhite) {
  const DepthMap ramp = depth_of(kWidth, kHeight, [](int x, int) { return x / 199.0F; });
  const VideoFrame grey = render(StereoMode::Depth, source, ramp);
  for (int x = 0; x < kWidth; ++x) EXPECT_NEAR(at(grey, 0, x, 9), 16 + x * 219 / 199.0, 1) << x;
  EXPECT_EQ(at(grey, 1, 30, 4), 128);
  EXPECT_EQ(at(grey, 2, 30, 4), 128);
}

TEST_F(Formats, RgbdIsThePictureBesideItsDepth) {
  const VideoFrame both = render(StereoMode::Rgbd, source, depth);
  const VideoFrame grey = render(StereoMode::Depth, source, depth);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_EQ(at(both, 0, x, y), at(source, 0, x, y));
      ASSERT_EQ(at(both, 0, kWidth + x, y), at(grey, 0, x, y));
    }
  }
}

TEST(Vr180, ShowsThePictureNinetyDegreesWideBeforeTheViewer) {
  VideoFrame ramp = paint(format_of(400, 200), [](int plane, int x, int y) {
    return plane == 0 ? 40 + x / 4 + y / 4 : 90;
  });
  const VideoFrame sphere =
      render({.mode = StereoMode::Vr180, .divergence = 0}, ramp, flat_depth(0.5F));
  ASSERT_EQ(sphere.format.width_px, 800);
  ASSERT_EQ(sphere.format.height_px, 400);
  const double pi = std::acos(-1.0);
  for (const int eye : {0, 400}) {
    for (int y = 0; y < 400; y += 7) {
      for (int x = 0; x < 400; x += 7) {
        const double azimuth = (x + 0.5 - 200) / 400 * pi;
        const double elevation = (y + 0.5 - 200) / 400 * pi;
        const double at_x = 200 * std::tan(azimuth) + 199.5;
        const double at_y = 200 * std::tan(elevation) / std::cos(azimuth) + 99.5;
        const int value = at(sphere, 0, eye + x, y);
        if (at_x < -1 || at_x > 400 || at_y < -1 || at_y > 200) {
          EXPECT_EQ(value, 16) << x << "," << y;
        } else if (at_x > 1 && at_x < 398 && at_y > 1 && at_y < 198) {
          EXPECT_NEAR(value, 40 + at_x / 4 + at_y / 4, 2) << x << "," << y;
        }
      }
    }
  }
}

// The red, green and blue, 0 to 1, of a plain anaglyph whose views are alike.
struct Rgb {
  double red, green, blue;
};
Rgb rgb_at(const VideoFrame& frame, int x) {
  const double luma = (at(frame, 0, x, 1) - 16) / 219.0;
  const double blue = luma + 2 * (1 - 0.0722) * (at(frame, 1, x / 2, 0) - 128) / 224.0;
  const double red = luma + 2 * (1 - 0.2126) * (at(frame, 2, x / 2, 0) - 128) / 224.0;
  return {red, (luma - 0.2126 * red - 0.0722 * blue) / 0.7152, blue};
}

TEST(Anaglyphs, MixTheViewsAsTheirMatricesSay) {
  // An orange: the views are alike, so that only what is mixed differs.
  const VideoFrame source = plain(32, 4, 120, 100, 160);
  const Rgb in = rgb_at(source, 8);
  const double gray = 0.299 * in.red + 0.587 * in.green + 0.114 * in.blue;
  const struct {
    StereoMode mode;
    Rgb expected;
  } rows[] = {
      {StereoMode::AnaglyphColor, in},
      {StereoMode::AnaglyphHalfColor, {gray, in.green, in.blue}},
      {StereoMode::AnaglyphGray, {gray, gray, gray}},
      {StereoMode::AnaglyphWimmer, {0.7 * in.green + 0.3 * in.blue, in.green, in.blue}},
  };
  for (const auto& row : rows) {
    const Rgb out =
        rgb_at(render({.mode = row.mode, .divergence = 0}, source, flat_depth(0.5F)), 8);
    EXPECT_NEAR(out.red, row.expected.red, 0.01) << to_string(row.mode);
    EXPECT_NEAR(out.green, row.expected.green, 0.01) << to_string(row.mode);
    EXPECT_NEAR(out.blue, row.expected.blue, 0.01) << to_string(row.mode);
  }
}

TEST(Anaglyphs, RedComesFromTheLeftAndCyanFromTheRight) {
  const VideoFrame edge = paint(format_of(400, 4), [](int plane, int x, int) {
    return plane != 0 ? 128 : x < 200 ? 235 : 16;
  });
  for (const StereoMode mode : {StereoMode::AnaglyphColor, StereoMode::AnaglyphHalfColor,
                                StereoMode::AnaglyphGray, StereoMode::AnaglyphWimmer}) {
    const Rgb red = rgb_at(render(mode, edge, flat_depth(1)), 200);
    const Rgb cyan = rgb_at(render(mode, edge, flat_depth(0)), 200);
    EXPECT_NEAR(red.red, 1, 0.02) << to_string(mode);
    EXPECT_NEAR(red.green, 0, 0.02) << to_string(mode);
    EXPECT_NEAR(cyan.red, 0, 0.02) << to_string(mode);
    EXPECT_NEAR(cyan.blue, 1, 0.02) << to_string(mode);
  }
}

TEST_F(Formats, OneEyeMaySeeTheSourceAndTheOtherAllOfTheDisparity) {
  StereoOptions options{.mode = StereoMode::FullSbs, .synthetic_view = SyntheticView::Right};
  const VideoFrame packed = render(options, source, flat_depth(1));
  for (int x = 2; x < kWidth - 2; ++x) {  // 200 px * 2 % * 0.5
    ASSERT_EQ(at(packed, 0, x, 5), at(source, 0, x, 5));
    ASSERT_EQ(at(packed, 0, kWidth + x - 2, 5), at(source, 0, x, 5));
  }
  options.synthetic_view = SyntheticView::Left;
  const VideoFrame other = render(options, source, flat_depth(1));
  for (int x = 2; x < kWidth - 2; ++x) {
    ASSERT_EQ(at(other, 0, x + 2, 5), at(source, 0, x, 5));
    ASSERT_EQ(at(other, 0, kWidth + x, 5), at(source, 0, x, 5));
  }
}

TEST_F(Formats, TheIpdOffsetMovesAllIntoTheDepth) {
  const VideoFrame packed = render({.ipd_offset = 2}, source, flat_depth(0.5F));
  for (int x = 4; x < kWidth - 4; ++x) {
    ASSERT_EQ(at(packed, 0, x - 2, 5), at(source, 0, x, 5));
    ASSERT_EQ(at(packed, 0, kWidth + x + 2, 5), at(source, 0, x, 5));
  }
}

TEST_F(Formats, TheForegroundScaleBendsDepthAboutTheScreen) {
  for (const double scale : {-3.0, 1.5, 3.0}) {
    const double factor = std::exp2(scale);
    const auto bent = [&](double near) { return near / (near + factor * (1 - near)); };
    for (const double plane : {0.0, 0.25, 0.5, 1.0}) {
      const VideoFrame scaled =
          render({.foreground_scale = scale}, source, flat_depth(static_cast<float>(plane)));
      const VideoFrame expected =
          render({.convergence = bent(0.5)}, source, flat_depth(static_cast<float>(bent(plane))));
      for (int x = 0; x < 2 * kWidth; ++x) {
        ASSERT_NEAR(at(scaled, 0, x, 5), at(expected, 0, x, 5), 3) << scale << " " << plane;
      }
      if (plane == 0.5) {
        ASSERT_EQ(at(scaled, 0, 77, 5), at(source, 0, 77, 5)) << scale;
      }
    }
  }
}

TEST_F(Formats, PreservedEdgesShowTheSource) {
  const VideoFrame packed = render({.screen_edge = ScreenEdge::Preserve}, source, flat_depth(1));
  for (int y = 0; y < kHeight; ++y) {
    for (const int eye : {0, kWidth}) {
      EXPECT_EQ(at(packed, 0, eye, y), at(source, 0, 0, y));
      EXPECT_EQ(at(packed, 0, eye + kWidth - 1, y), at(source, 0, kWidth - 1, y));
    }
    EXPECT_EQ(at(packed, 0, 100, y), at(source, 0, 99, y));  // the middle moves
  }
}

TEST_F(Formats, AFloatingWindowHasABarAtTheOuterSideOfEachEye) {
  const VideoFrame packed =
      render({.convergence = 0, .screen_edge = ScreenEdge::FloatingWindow}, source, flat_depth(1));
  // 2 px for each eye, so the bar's edge is seen 4 px crossed, as the nearest depth is.
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < 4; ++x) {
      EXPECT_EQ(at(packed, 0, x, y), 16);
      EXPECT_EQ(at(packed, 0, 2 * kWidth - 1 - x, y), 16);
    }
    EXPECT_EQ(at(packed, 0, 4, y), at(source, 0, 2, y));
    EXPECT_EQ(at(packed, 0, kWidth, y), at(source, 0, 2, y));
  }
  EXPECT_EQ(at(packed, 1, 1, 3), 128);
}

TEST_F(Formats, AFloatingWindowCutsTheNearestThingsAtTheSamePlaceForBothEyes) {
  const DepthMap ends = depth_of(
      kWidth, kHeight, [](int x, int) { return x < 40 || x >= kWidth - 40 ? 1.0F : 0.2F; });
  for (const double convergence : {0.0, 0.25, 0.5}) {
    const VideoFrame packed = render({.divergence = 4,
                                      .convergence = convergence,
                                      .edge_dilation_x_px = 0,
                                      .screen_edge = ScreenEdge::FloatingWindow},
                                     source, ends);
    // What the eyes are apart in the nearest depth.
    const int bar = static_cast<int>(std::lround((1 - convergence) * 4 * kWidth / 100));
    for (int y = 0; y < kHeight; ++y) {
      ASSERT_EQ(at(packed, 0, bar - 1, y), 16) << convergence;
      ASSERT_EQ(at(packed, 0, 2 * kWidth - bar, y), 16) << convergence;
      for (int x = 0; x < 24; ++x) {
        ASSERT_EQ(at(packed, 0, bar + x, y), at(packed, 0, kWidth + x, y)) << convergence;
        ASSERT_EQ(at(packed, 0, kWidth - 1 - x, y), at(packed, 0, 2 * kWidth - 1 - bar - x, y))
            << convergence;
      }
    }
  }
}

TEST_F(Formats, TheBarsOfAFloatingWindowMoveWithoutSteps) {
  auto renderer = ForwardWarpRenderer::create({.divergence = 6,
                                               .automatic_convergence = true,
                                               .screen_edge = ScreenEdge::FloatingWindow})
                      .value();
  const VideoFrame white = plain(kWidth, kHeight, 235);
  // How many columns of the left view's bar are black, those in part by their part.
  const auto bar_of = [&](float middle) {
    const VideoFrame packed = renderer->render(white, flat_depth(middle)).value();
    double columns = 0;
    for (int x = 0; x < kWidth / 2; ++x) columns += (235 - at(packed, 0, x, 5)) / 219.0;
    return columns;
  };
  double before = bar_of(0.1F);
  EXPECT_NEAR(before, 0.9 * 12, 0.02);
  for (int i = 0; i < 200; ++i) {
    const double now = bar_of(0.9F);
    EXPECT_LE(now, before + 1e-9);
    EXPECT_GT(now, before - 0.3) << "at picture " << i;
    before = now;
  }
  EXPECT_NEAR(before, 0.1 * 12, 0.1);
}

TEST_F(Formats, AutomaticConvergencePutsTheMiddleIntoTheScreen) {
  const VideoFrame packed = render({.automatic_convergence = true}, source, flat_depth(0.8F));
  for (int x = 0; x < kWidth; ++x) ASSERT_EQ(at(packed, 0, x, 5), at(source, 0, x, 5));
}

TEST_F(Formats, AutomaticConvergenceFollowsSlowly) {
  auto renderer = ForwardWarpRenderer::create({.automatic_convergence = true});
  ASSERT_TRUE((*renderer)->render(source, flat_depth(0)));
  const auto first = (*renderer)->render(source, flat_depth(1));
  for (int x = 10; x < 190; ++x) ASSERT_NEAR(at(*first, 0, x + 2, 5), at(source, 0, x, 5), 12);
  for (int i = 0; i < 400; ++i) ASSERT_TRUE((*renderer)->render(source, flat_depth(1)));
  const auto settled = (*renderer)->render(source, flat_depth(1));
  for (int x = 10; x < 190; ++x) ASSERT_EQ(at(*settled, 0, x, 5), at(source, 0, x, 5));
}

TEST_F(Formats, AutomaticConvergenceStartsAnewWhereAnotherSceneBegins) {
  auto renderer = ForwardWarpRenderer::create({.automatic_convergence = true}).value();
  ASSERT_TRUE(renderer->render(plain(kWidth, kHeight, 40), flat_depth(0)));
  const VideoFrame packed = renderer->render(source, flat_depth(1)).value();
  for (int x = 0; x < kWidth; ++x) ASSERT_EQ(at(packed, 0, x, 5), at(source, 0, x, 5));
}

// Bars follow convergence too, so that they show whether anything is left behind.
TEST_F(Formats, ARendererGoesOnFromTheStateOfAnotherBitForBit) {
  const StereoOptions options{
      .divergence = 6, .automatic_convergence = true, .screen_edge = ScreenEdge::FloatingWindow};
  const auto depth_at = [&](int i) {
    DepthMap moved = depth;
    for (float& value : moved.values) value = value * 0.7F + 0.013F * static_cast<float>(i);
    return moved;
  };
  // The second scene begins with a part.
  const VideoFrame dark =
      paint(format_of(kWidth, kHeight), [](int, int x, int y) { return 20 + grain(x, y, 30); });
  const auto picture_at = [&](int i) { return i < 12 ? source : dark; };
  const auto whole = ForwardWarpRenderer::create(options).value();
  auto part = ForwardWarpRenderer::create(options).value();
  EXPECT_TRUE(part->save_state().empty()) << "it has drawn nothing";
  for (int i = 0; i < 24; ++i) {
    if (i > 0 && i % 6 == 0) {
      const Bytes state = part->save_state();
      part = ForwardWarpRenderer::create(options).value();
      ASSERT_TRUE(part->load_state(state));
      EXPECT_EQ(part->save_state(), state);
    }
    const auto expected = whole->render(picture_at(i), depth_at(i));
    const auto drawn = part->render(picture_at(i), depth_at(i));
    ASSERT_TRUE(expected && drawn);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < 2 * kWidth; ++x) {
        ASSERT_EQ(at(*drawn, 0, x, y), at(*expected, 0, x, y)) << i << ": " << x << "," << y;
      }
    }
  }
  EXPECT_EQ(part->save_state(), whole->save_state());
}

TEST_F(Formats, AStateThatIsNoUseLeavesARendererThatHasDrawnNothing) {
  const StereoOptions options{.automatic_convergence = true};
  const auto renderer = ForwardWarpRenderer::create(options).value();
  ASSERT_TRUE(renderer->render(source, flat_depth(0.25F)));
  const Bytes state = renderer->save_state();
  for (std::size_t i = 0; i < state.size(); ++i) {
    ASSERT_TRUE(renderer->load_state(state));
    Bytes damaged = state;
    damaged[i] ^= 1;
    EXPECT_FALSE(renderer->load_state(damaged)) << i;
    EXPECT_TRUE(renderer->save_state().empty()) << i;
  }
  ASSERT_TRUE(renderer->load_state(state));
  ASSERT_TRUE(renderer->load_state({}));
  EXPECT_TRUE(renderer->save_state().empty());

  const auto fixed = ForwardWarpRenderer::create().value();
  ASSERT_TRUE(fixed->render(source, depth));
  EXPECT_TRUE(fixed->save_state().empty());
  EXPECT_TRUE(fixed->load_state({}));
  EXPECT_EQ(fixed->load_state(state).error().code, ErrorCode::Unsupported);
}

TEST_F(Formats, AnyNumberOfThreadsDrawsTheSame) {
  for (const StereoMode mode : {StereoMode::FullSbs, StereoMode::Depth}) {
    const VideoFrame one = render({.mode = mode, .divergence = 6}, source, depth);
    for (const int threads : {2, 3, 40}) {
      const VideoFrame many =
          render({.mode = mode, .divergence = 6, .threads = threads}, source, depth);
      for (int plane = 0; plane < 3; ++plane) {
        for (int y = 0; y < one.planes[static_cast<std::size_t>(plane)].height_px; ++y) {
          for (int x = 0; x < one.planes[static_cast<std::size_t>(plane)].width_px; ++x) {
            ASSERT_EQ(at(one, plane, x, y), at(many, plane, x, y)) << threads;
          }
        }
      }
    }
  }
}

TEST(StereoOptions, EachIsChecked) {
  const double nan = std::nan("");
  for (const StereoOptions& wrong :
       {StereoOptions{.edge_dilation_x_px = -1}, StereoOptions{.edge_dilation_x_px = 17},
        StereoOptions{.edge_dilation_y_px = 17}, StereoOptions{.ipd_offset = 11},
        StereoOptions{.ipd_offset = nan}, StereoOptions{.foreground_scale = 4},
        StereoOptions{.foreground_scale = nan}, StereoOptions{.threads = 0},
        StereoOptions{.threads = 65}}) {
    auto renderer = ForwardWarpRenderer::create(wrong);
    ASSERT_FALSE(renderer);
    EXPECT_EQ(renderer.error().code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace streamkit::stereo

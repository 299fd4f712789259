#include "stereo/frame_colors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

ColorPicture colors(const VideoFrame& frame, const FrameArea& area, int width, int height) {
  FrameColors reader;
  ColorPicture picture{width, height, {}};
  reader.read(frame, area, picture);
  EXPECT_EQ(picture.values.size(), static_cast<std::size_t>(3 * width * height));
  return picture;
}

std::array<int, 3> first_color(const VideoFrame& frame) {
  const FrameArea all{0, 0, frame.format.width_px, frame.format.height_px};
  const ColorPicture picture = colors(frame, all, 32, 32);
  return {picture.values[0], picture.values[1], picture.values[2]};
}

// The mean of a plane over a part of it, in double precision.
double mean(const VideoPlane& plane, double left, double top, double width, double height) {
  double sum = 0;
  for (int y = static_cast<int>(top); y < top + height; ++y) {
    for (int x = static_cast<int>(left); x < left + width; ++x) {
      const double share_x = std::min(x + 1.0, left + width) - std::max<double>(x, left);
      const double share_y = std::min(y + 1.0, top + height) - std::max<double>(y, top);
      if (share_x > 0 && share_y > 0) sum += plane.row(y)[x] * share_x * share_y;
    }
  }
  return sum / (width * height);
}

TEST(FrameColors, ConvertsEachMatrixAndRange) {
  const auto plain_of = [](ColorMatrix matrix, ColorRange range, int y, int u, int v) {
    VideoFrame frame = plain(64, 64, y, u, v);
    frame.format.matrix = matrix;
    frame.format.range = range;
    return first_color(frame);
  };
  using Color = std::array<int, 3>;
  EXPECT_EQ(plain_of(ColorMatrix::Bt709, ColorRange::Limited, 235, 128, 128),
            (Color{255, 255, 255}));
  EXPECT_EQ(plain_of(ColorMatrix::Bt709, ColorRange::Limited, 16, 128, 128), (Color{0, 0, 0}));
  EXPECT_EQ(plain_of(ColorMatrix::Bt601, ColorRange::Full, 77, 128, 128), (Color{77, 77, 77}));
  // Red: 76 and 63 of luma.
  EXPECT_EQ(plain_of(ColorMatrix::Bt601, ColorRange::Limited, 81, 90, 240), (Color{254, 0, 0}));
  EXPECT_EQ(plain_of(ColorMatrix::Bt709, ColorRange::Limited, 63, 102, 240), (Color{255, 1, 0}));
  EXPECT_EQ(plain_of(ColorMatrix::Bt709, ColorRange::Limited, 0, 0, 0), (Color{0, 77, 0}));
  EXPECT_EQ(plain_of(ColorMatrix::Bt709, ColorRange::Full, 255, 255, 255), (Color{255, 172, 255}));
}

TEST(FrameColors, AreMeansOfTheAreaThatAPixelCovers) {
  VideoFrame frame = paint(format_of(322, 146), [](int plane, int x, int y) {
    return plane == 0 ? grain(x, y, 256) : 128;
  });
  frame.format.range = ColorRange::Full;
  for (const FrameArea& area : {FrameArea{0, 0, 322, 146}, FrameArea{40, 26, 255, 97}}) {
    const ColorPicture picture = colors(frame, area, 64, 32);
    const double wide = area.width / 64.0;
    const double tall = area.height / 32.0;
    double most = 0;
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 64; ++x) {
        const double real =
            mean(frame.planes[0], area.left + x * wide, area.top + y * tall, wide, tall);
        const double found = picture.values[static_cast<std::size_t>(3 * (64 * y + x) + 1)];
        most = std::max(most, std::abs(found - real));
      }
    }
    EXPECT_LE(most, 0.6);
  }
}

TEST(FrameColors, EnlargesSmallFramesSoftly) {
  VideoFrame frame =
      paint(format_of(16, 2), [](int plane, int x, int) { return plane == 0 ? 10 * x : 128; });
  frame.format.range = ColorRange::Full;
  const ColorPicture picture = colors(frame, {0, 0, 16, 2}, 64, 32);
  for (int x = 0; x < 64; ++x) {
    const double real = 10 * std::clamp((x + 0.5) / 4 - 0.5, 0.0, 15.0);
    EXPECT_NEAR(picture.values[static_cast<std::size_t>(3 * (64 * 9 + x))], real, 0.6);
  }
}

TEST(FrameColors, TakesAnySizeOfFrame) {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 5}, {31, 33}, {4096, 2}, {1, 4097}}) {
    const ColorPicture picture = colors(plain(width, height, 235), {0, 0, width, height}, 32, 64);
    EXPECT_TRUE(std::ranges::all_of(picture.values, [](int value) { return value == 255; }));
  }
}

}  // namespace
}  // namespace streamkit::stereo

#include "desktop/frame_scaler.hpp"

#include <gtest/gtest.h>

#include <random>

#include "frame_values.hpp"

namespace streamkit::desktop {
namespace {

struct Canvas {
  Canvas(int width_px, int height_px, std::uint32_t color)
      : width(width_px),
        height(height_px),
        pixels(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px), color) {}

  std::uint32_t& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  [[nodiscard]] RgbImage image() const { return {pixels.data(), width, height}; }
  VideoFrame convert(FrameScaler& scaler) const { return scaler.convert(image(), {0, height}); }

  int width;
  int height;
  std::vector<std::uint32_t> pixels;
};

VideoFormat format_of(int width, int height) { return {.width_px = width, .height_px = height}; }

void expect_equal(const VideoFrame& a, const VideoFrame& b) {
  for (std::size_t p = 0; p < 3; ++p) {
    for (int y = 0; y < a.planes[p].height_px; ++y) {
      for (int x = 0; x < a.planes[p].width_px; ++x) {
        ASSERT_EQ(a.planes[p].row(y)[x], b.planes[p].row(y)[x]) << p << ": " << x << "," << y;
      }
    }
  }
}

TEST(FrameScalerTest, ConvertsColorsToTheNearestValue) {
  for (const std::uint32_t color : {0x000000u, 0xffffffu, 0xff0000u, 0x00ff00u, 0x0000ffu,
                                    0x808080u, 0x123456u, 0xfedcbau, 0xff00ffffu}) {
    FrameScaler scaler(format_of(34, 18));
    const VideoFrame frame = Canvas(34, 18, color).convert(scaler);
    EXPECT_TRUE(has_color(frame, 0, 0, color, 0.51)) << std::hex << color;
    EXPECT_TRUE(has_color(frame, 33, 17, color, 0.51)) << std::hex << color;
  }
}

TEST(FrameScalerTest, ConvertsRandomPixelsAsTheStandardDefines) {
  Canvas canvas(70, 22, 0);
  std::mt19937 random(1);
  for (std::uint32_t& pixel : canvas.pixels) pixel = random();
  FrameScaler scaler(format_of(70, 22));
  const VideoFrame frame = canvas.convert(scaler);
  for (int y = 0; y < 22; ++y) {
    for (int x = 0; x < 70; ++x) {
      ASSERT_NEAR(yuv_at(frame, x, y).y, yuv_of(canvas.at(x, y)).y, 0.51);
      if (x % 2 != 0 || y % 2 != 0) continue;
      // The chroma sample is on the left pixel: weights 1, 2, 1, in both rows.
      Yuv mean;
      for (const auto& [from, weight] : {std::pair{std::max(x - 1, 0), 1}, {x, 2}, {x + 1, 1}}) {
        for (const int row : {y, y + 1}) {
          mean.u += weight * yuv_of(canvas.at(from, row)).u / 8;
          mean.v += weight * yuv_of(canvas.at(from, row)).v / 8;
        }
      }
      ASSERT_NEAR(yuv_at(frame, x, y).u, mean.u, 0.52);
      ASSERT_NEAR(yuv_at(frame, x, y).v, mean.v, 0.52);
    }
  }
}

TEST(FrameScalerTest, KeepsTheAspectOnBlack) {
  FrameScaler scaler(format_of(160, 90));
  const VideoFrame narrow = Canvas(100, 100, 0xc04020).convert(scaler);
  EXPECT_TRUE(has_color(narrow, 30, 45, 0x000000, 0.51));
  EXPECT_TRUE(has_color(narrow, 130, 45, 0x000000, 0.51));
  EXPECT_TRUE(has_color(narrow, 36, 1, 0xc04020, 0.51));
  EXPECT_TRUE(has_color(narrow, 122, 88, 0xc04020, 0.51));
  const VideoFrame wide = Canvas(3200, 900, 0xc04020).convert(scaler);
  EXPECT_TRUE(has_color(wide, 80, 20, 0x000000, 0.51));
  EXPECT_TRUE(has_color(wide, 0, 24, 0xc04020, 0.51));
  EXPECT_TRUE(has_color(wide, 159, 64, 0xc04020, 0.51));
  EXPECT_TRUE(has_color(wide, 80, 68, 0x000000, 0.51));
}

TEST(FrameScalerTest, ScalesWithoutShiftAndWithoutSkipping) {
  // White lines, one pixel of four: their mean is everywhere, however the picture is sampled.
  Canvas lines(640, 64, 0);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 640; x += 4) lines.at(x, y) = 0xffffff;
  }
  FrameScaler scaler(format_of(80, 8));
  const VideoFrame mean = lines.convert(scaler);
  for (int x = 4; x < 76; ++x) EXPECT_NEAR(yuv_at(mean, x, 4).y, 16 + 219 / 4.0, 2) << x;
  // An edge in the middle stays there.
  Canvas edge(300, 30, 0);
  for (int y = 0; y < 30; ++y) {
    for (int x = 150; x < 300; ++x) edge.at(x, y) = 0xffffff;
  }
  FrameScaler enlarging(format_of(600, 60));
  const VideoFrame large = edge.convert(enlarging);
  EXPECT_NEAR(yuv_at(large, 297, 30).y, 16, 1);
  EXPECT_NEAR(yuv_at(large, 299, 30).y + yuv_at(large, 300, 30).y, 16 + 235, 2);
  EXPECT_NEAR(yuv_at(large, 302, 30).y, 235, 1);
}

TEST(FrameScalerTest, ConvertsChangedRowsOnlyAndGivesTheSame) {
  for (const auto& format : {format_of(64, 48), format_of(40, 30), format_of(90, 70)}) {
    Canvas canvas(64, 48, 0x203040);
    FrameScaler scaler(format);
    (void)canvas.convert(scaler);
    for (int x = 5; x < 50; ++x) canvas.at(x, 17) = 0xffee00;
    const VideoFrame partly = scaler.convert(canvas.image(), {17, 18});
    FrameScaler anew(format);
    expect_equal(partly, canvas.convert(anew));
    expect_equal(scaler.convert(canvas.image(), {}), partly);
  }
}

TEST(FrameScalerTest, TakesImagesOfAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 500}, {500, 1}, {3, 5}, {4000, 7}}) {
    FrameScaler scaler(format_of(64, 36));
    const VideoFrame frame = Canvas(width, height, 0x3399cc).convert(scaler);
    EXPECT_TRUE(has_color(frame, 30, 16, 0x3399cc, 0.51)) << width << "x" << height;
  }
}

TEST(FrameScalerTest, TheWeightsOfEachSampleAddUp) {
  for (const auto& [inputs, outputs] :
       {std::pair{1, 9}, {9, 1}, {1920, 1280}, {7, 7}, {16384, 3}}) {
    const ScalerTaps taps = scaler_taps(inputs, outputs);
    ASSERT_EQ(taps.samples.size(), static_cast<std::size_t>(outputs));
    for (const auto& sample : taps.samples) {
      int sum = 0;
      for (int i = 0; i < sample.count; ++i) {
        sum += taps.weights[sample.weights + static_cast<std::size_t>(i)];
      }
      EXPECT_EQ(sum, 256);
      EXPECT_GE(sample.first, 0);
      EXPECT_LE(sample.first + sample.count, inputs);
    }
  }
}

}  // namespace
}  // namespace streamkit::desktop

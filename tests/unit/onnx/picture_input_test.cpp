#include "onnx/picture_input.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "onnx/half_float.hpp"
#include "pictures.hpp"

namespace streamkit::onnx {
namespace {

std::vector<float> colors_of(const VideoFrame& frame, Size size) {
  PictureInput input;
  const auto colors = input.colors(frame, size);
  return {colors.begin(), colors.end()};
}

void expect_color(const VideoFormat& format, const Yuv& color, std::array<float, 3> wanted) {
  const auto colors = colors_of(plain(format, color), {1, 1});
  ASSERT_EQ(colors.size(), 3U);
  // 8 bits of Y'CbCr tell red and blue to about one percent.
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(colors[i], wanted[i], 0.012) << i;
}

TEST(ResamplingTaps, MeanOfTheAreaWhereItShrinks) {
  const auto taps = resampling_taps(5, 2);
  ASSERT_EQ(taps.size(), 2U);
  EXPECT_EQ(taps[0].first, 0);
  EXPECT_EQ(taps[0].weights, (std::vector<float>{0.4F, 0.4F, 0.2F}));
  EXPECT_EQ(taps[1].first, 2);
  EXPECT_EQ(taps[1].weights, (std::vector<float>{0.2F, 0.4F, 0.4F}));
}

TEST(ResamplingTaps, StayInsideAndSumToOneAtAnySize) {
  for (const auto& [from, to] : {std::pair{1, 1},
                                 {1, 7},
                                 {7, 1},
                                 {3, 3},
                                 {1080, 224},
                                 {224, 1080},
                                 {1920, 398},
                                 {719, 718},
                                 {16384, 14}}) {
    for (const ResamplingTap& tap : resampling_taps(from, to)) {
      EXPECT_GE(tap.first, 0);
      EXPECT_LE(tap.first + static_cast<int>(tap.weights.size()), from) << from << " to " << to;
      EXPECT_NEAR(std::accumulate(tap.weights.begin(), tap.weights.end(), 0.0F), 1, 1e-4);
    }
  }
}

TEST(PictureInput, ColorsOfLimitedBt709) {
  const VideoFormat format{.width_px = 4, .height_px = 4};
  expect_color(format, kBlack, {0, 0, 0});
  expect_color(format, kWhite, {1, 1, 1});
  expect_color(format, kRed, {1, 0, 0});
  expect_color(format, kGreen, {0, 1, 0});
  expect_color(format, kBlue, {0, 0, 1});
}

TEST(PictureInput, ColorsOfOtherRangesAndMatrices) {
  VideoFormat format{.width_px = 4, .height_px = 4, .matrix = ColorMatrix::Bt601};
  expect_color(format, {81, 90, 240}, {1, 0, 0});
  expect_color(format, {145, 54, 34}, {0, 1, 0});
  format.range = ColorRange::Full;
  expect_color(format, {76, 85, 255}, {1, 0, 0});
  expect_color(format, {0, 128, 128}, {0, 0, 0});
  format.matrix = ColorMatrix::Bt709;
  expect_color(format, {18, 255, 116}, {0, 0, 1});
}

TEST(PictureInput, ShrinksToTheMeanAndKeepsPlaces) {
  // Quarters of grey, each of 4x2 pixels, and one white pixel in the first.
  const auto frame =
      picture({.width_px = 8, .height_px = 4, .range = ColorRange::Full}, [](int x, int y) -> Yuv {
        const int luma = 51 * (x / 4 + 2 * (y / 2));
        return {x == 0 && y == 0 ? 255 : luma, 128, 128};
      });
  const auto colors = colors_of(frame, {2, 2});
  const float wanted[] = {1.0F / 8, 0.2F, 0.4F, 0.6F};
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(colors[i], wanted[i % 4], 1e-5) << i;
}

TEST(PictureInput, EnlargesOnePixelAndOddPictures) {
  for (const float value : colors_of(plain({.width_px = 1, .height_px = 1}, kWhite), {5, 3})) {
    EXPECT_FLOAT_EQ(value, 1);
  }
  const auto ramp =
      picture({.width_px = 3, .height_px = 1, .range = ColorRange::Full}, [](int x, int) -> Yuv {
        return {x * 100, 128, 128};
      });
  const auto colors = colors_of(ramp, {6, 2});
  const float wanted[] = {0, 25, 75, 125, 175, 200};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(colors[i] * 255, wanted[i], 1e-3);
}

constexpr Normalization kNone = {{0, 0, 0}, {1, 1, 1}};

TEST(WriteTensor, PlanesOrPixelsInEachType) {
  const std::vector<float> colors = {0, 0.25F, 0.5F, 0.75F, 1, 0.5F};  // two pixels
  std::vector<float> floats(6);
  write_tensor(colors, {.type = ElementType::Float32}, kNone,
               std::as_writable_bytes(std::span(floats)));
  EXPECT_EQ(floats, colors);
  write_tensor(colors, {.type = ElementType::Float32, .channels_last = true}, kNone,
               std::as_writable_bytes(std::span(floats)));
  EXPECT_EQ(floats, (std::vector<float>{0, 0.5F, 1, 0.25F, 0.75F, 0.5F}));

  std::vector<std::uint8_t> bytes(6);
  write_tensor(colors, {.type = ElementType::Uint8, .channels_last = true}, kNone,
               std::as_writable_bytes(std::span(bytes)));
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 128, 255, 64, 191, 128}));

  std::vector<std::uint16_t> halves(6);
  write_tensor(colors, {.type = ElementType::Float16}, kNone,
               std::as_writable_bytes(std::span(halves)));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(from_half(halves[i]), colors[i]);
}

TEST(WriteTensor, NormalizesEachColorButNotBytes) {
  const std::vector<float> colors = {1, 1, 1};
  const Normalization normalization = {{0.5F, 0, 1}, {0.5F, 0.25F, 1}};
  std::vector<float> floats(3);
  write_tensor(colors, {}, normalization, std::as_writable_bytes(std::span(floats)));
  EXPECT_EQ(floats, (std::vector<float>{1, 4, 0}));
  std::vector<std::uint8_t> bytes(3);
  write_tensor(colors, {.type = ElementType::Uint8}, normalization,
               std::as_writable_bytes(std::span(bytes)));
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{255, 255, 255}));
}

}  // namespace
}  // namespace streamkit::onnx

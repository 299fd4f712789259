#include "desktop/pixel_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace streamkit::desktop {
namespace {

std::vector<std::uint32_t> pixels_of(const RgbImage& image) {
  std::vector<std::uint32_t> pixels;
  for (int y = 0; y < image.height_px; ++y) {
    for (int x = 0; x < image.width_px; ++x) pixels.push_back(image.row(y)[x] & 0xffffff);
  }
  return pixels;
}

TEST(PixelLayout, ReadsEachLayout) {
  // Red 0x11, green 0x22, blue 0x33, and what is not a colour 0xff.
  const std::array<std::pair<PixelLayout, std::vector<std::uint8_t>>, 6> cases = {{
      {{4, 2, 1, 0}, {0x33, 0x22, 0x11, 0xff}},
      {{4, 0, 1, 2}, {0x11, 0x22, 0x33, 0xff}},
      {{4, 1, 2, 3}, {0xff, 0x11, 0x22, 0x33}},
      {{4, 3, 2, 1}, {0xff, 0x33, 0x22, 0x11}},
      {{3, 2, 1, 0}, {0x33, 0x22, 0x11}},
      {{3, 0, 1, 2}, {0x11, 0x22, 0x33}},
  }};
  for (const auto& [layout, bytes] : cases) {
    std::vector<std::uint32_t> storage;
    const RawImage image{bytes.data(), 1, 1, layout.bytes, layout};
    const auto found = pixels_of(rgb_image(image, {0, 0, 1, 1}, storage));
    EXPECT_EQ(found, std::vector<std::uint32_t>{0x112233}) << layout.bytes << layout.red;
  }
}

TEST(PixelLayout, TakesAPartOfRowsWithPadding) {
  // 3x2 pixels in rows of four.
  const std::array<std::uint32_t, 8> words = {1, 2, 3, 99, 4, 5, 6, 99};
  std::vector<std::uint32_t> storage;
  const RawImage image{reinterpret_cast<const std::uint8_t*>(words.data()), 3, 2, 16, {}};
  const RgbImage part = rgb_image(image, {1, 0, 2, 2}, storage);
  EXPECT_EQ(pixels_of(part), (std::vector<std::uint32_t>{2, 3, 5, 6}));
  EXPECT_TRUE(storage.empty()) << "words need no copy";
  // The same where words would not be aligned.
  std::vector<std::uint8_t> bytes(33);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(words.data()), 32, bytes.begin() + 1);
  const RawImage odd{bytes.data() + 1, 3, 2, 16, {}};
  EXPECT_EQ(pixels_of(rgb_image(odd, {1, 0, 2, 2}, storage)),
            (std::vector<std::uint32_t>{2, 3, 5, 6}));
}

TEST(PixelLayout, KeepsAPartWithinTheImage) {
  const ImagePart all{0, 0, 8, 6};
  EXPECT_EQ(part_within({2, 1, 4, 3}, 8, 6), (ImagePart{2, 1, 4, 3}));
  EXPECT_EQ(part_within({2, 1, 100, 3}, 8, 6), (ImagePart{2, 1, 6, 3}));
  EXPECT_EQ(part_within({2, 1, 2'000'000'000, 2'000'000'000}, 8, 6), (ImagePart{2, 1, 6, 5}));
  for (const ImagePart& none : {ImagePart{}, ImagePart{8, 0, 1, 1}, ImagePart{-1, 0, 4, 4},
                                ImagePart{0, 6, 1, 1}, ImagePart{0, 0, -5, 2}}) {
    EXPECT_EQ(part_within(none, 8, 6), all);
  }
}

// Turns an image of 3x2 as ImageTurn describes it, step by step.
RgbImage turned(std::vector<std::uint32_t>& pixels, ImageTurn turn) {
  int width = 3;
  int height = 2;
  if (turn.mirrored) pixels = {pixels[2], pixels[1], pixels[0], pixels[5], pixels[4], pixels[3]};
  for (int quarter = 0; quarter < turn.quarters; ++quarter) {
    std::vector<std::uint32_t> next(pixels.size());
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        // Counter-clockwise: the right column becomes the upper row.
        next[static_cast<std::size_t>((width - 1 - x) * height + y)] =
            pixels[static_cast<std::size_t>(y * width + x)];
      }
    }
    pixels = next;
    std::swap(width, height);
  }
  return {pixels.data(), width, height};
}

TEST(PixelLayout, UndoesEachTurn) {
  for (const bool mirrored : {false, true}) {
    for (int quarters = 0; quarters < 4; ++quarters) {
      std::vector<std::uint32_t> pixels = {1, 2, 3, 4, 5, 6};
      const RgbImage stored = turned(pixels, {quarters, mirrored});
      std::vector<std::uint32_t> storage;
      const RgbImage found = upright(stored, {quarters, mirrored}, storage);
      EXPECT_EQ(found.width_px, 3);
      EXPECT_EQ(found.height_px, 2);
      EXPECT_EQ(pixels_of(found), (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6}))
          << quarters << mirrored;
    }
  }
}

}  // namespace
}  // namespace streamkit::desktop

#include "stereo/network_layers.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference_network.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

void expect_normalized(const ColorPicture& picture) {
  FeatureMap map;
  normalize_picture(picture, map);
  const Tensor real = normalized(picture);
  const Tensor found = to_tensor(map, kInputChannels);
  ASSERT_EQ(found.values.size(), real.values.size());
  std::int64_t most = 0;
  for (std::size_t i = 0; i < real.values.size(); ++i) {
    most = std::max(most, std::abs(found.values[i] - real.values[i]));
  }
  EXPECT_LE(most, 1);
}

TEST(NormalizePicture, IsThatOfDoublePrecisionToOneUnit) {
  Random random(1);
  expect_normalized(random_picture(64, 32, random));
  expect_normalized(random_picture(32, 96, random, 100, 140));
  expect_normalized(random_picture(160, 96, random, 0, 3));
  expect_normalized(random_picture(32, 32, random, 255, 255));
  expect_normalized(random_picture(32, 32, random, 0, 0));
  // One white pixel in black is the largest value there is.
  ColorPicture picture = random_picture(320, 320, random, 0, 0);
  picture.values[100] = 255;
  expect_normalized(picture);
  FeatureMap map;
  normalize_picture(picture, map);
  EXPECT_EQ(map.at(33, 0)[1], kMostActivation);
}

TEST(NormalizePicture, IgnoresBrightnessAndPutsTheMiddleAtZero) {
  Random random(2);
  ColorPicture dark = random_picture(64, 64, random, 20, 90);
  ColorPicture bright = dark;
  for (std::uint8_t& value : bright.values) value = static_cast<std::uint8_t>(value + 100);
  FeatureMap from_dark;
  FeatureMap from_bright;
  normalize_picture(dark, from_dark);
  normalize_picture(bright, from_bright);
  for (int x = 0; x < 64; ++x) {
    for (int c = 0; c < 5; ++c) EXPECT_NEAR(from_dark.at(x, 7)[c], from_bright.at(x, 7)[c], 8);
  }
  EXPECT_EQ(from_dark.at(0, 31)[3], -16);
  EXPECT_EQ(from_dark.at(0, 32)[3], 16);
  EXPECT_EQ(from_dark.at(0, 0)[4], -1008);
}

TEST(Upsampling, IsBilinear) {
  Random random(3);
  Upsampling upsampling;
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 3}, {5, 3}, {7, 2}}) {
    const Tensor small = random_tensor(width, height, 20, random, -kMostActivation);
    const Tensor before = random_tensor(2 * width, 2 * height, 20, random);
    FeatureMap out = to_map(before);
    upsampling.add(to_map(small), out);
    EXPECT_EQ(to_tensor(out, 20), added(before, upsampled(small))) << width << 'x' << height;
    // Against the definition, with the ends continued.
    for (int y = 0; y < 2 * height; ++y) {
      for (int x = 0; x < 2 * width; ++x) {
        const double at_x = std::clamp((x + 0.5) / 2 - 0.5, 0.0, width - 1.0);
        const double at_y = std::clamp((y + 0.5) / 2 - 0.5, 0.0, height - 1.0);
        const int left = static_cast<int>(at_x);
        const int top = static_cast<int>(at_y);
        const double right_share = at_x - left;
        const double below_share = at_y - top;
        const auto value = [&](int dy, int dx) {
          return static_cast<double>(
              small.get(4, std::min(top + dy, height - 1), std::min(left + dx, width - 1)));
        };
        const double real =
            (1 - below_share) * ((1 - right_share) * value(0, 0) + right_share * value(0, 1)) +
            below_share * ((1 - right_share) * value(1, 0) + right_share * value(1, 1));
        const double sum = std::floor(real + 0.5) + static_cast<double>(before.get(4, y, x));
        EXPECT_EQ(out.at(x, y)[4], std::clamp<double>(sum, 0, kMostActivation));
      }
    }
  }
}

TEST(ChannelMeans, AreRounded) {
  Random random(4);
  for (const auto& [width, height] : {std::pair{1, 1}, {5, 3}, {64, 64}}) {
    const Tensor in = random_tensor(width, height, 19, random);
    FeatureMap out;
    channel_means(to_map(in), 19, out);
    ASSERT_EQ(out.width(), 1);
    for (int c = 0; c < 19; ++c) {
      double sum = 0;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) sum += static_cast<double>(in.get(c, y, x));
      }
      EXPECT_EQ(out.at(0, 0)[c], std::floor(sum / (width * height) + 0.5));
    }
  }
}

TEST(AddEverywhere, IsCutToWhatIsKept) {
  Random random(5);
  const Tensor before = random_tensor(3, 2, 17, random);
  const Tensor one = random_tensor(1, 1, 17, random, -kMostActivation);
  FeatureMap out = to_map(before);
  add_everywhere(to_map(one), out);
  for (int c = 0; c < 17; ++c) {
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 3; ++x) {
        EXPECT_EQ(out.at(x, y)[c], cut(before.get(c, y, x) + one.get(c, 0, 0), true));
      }
    }
  }
}

}  // namespace
}  // namespace streamkit::stereo

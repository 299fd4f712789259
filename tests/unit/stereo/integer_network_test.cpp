#include "stereo/integer_network.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "reference_network.hpp"
#include "stereo/own_depth.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

// A thin network of all parts, so that the plain reference takes no minutes.
const NetworkShape kThin{.channels = {8, 16, 20, 32, 40}, .residuals = {1, 0, 2, 1, 1}};

void expect_reference(const Bytes& file, const std::vector<std::pair<int, int>>& sizes) {
  const auto data = read_network(file);
  ASSERT_TRUE(data);
  auto network = IntegerNetwork::read(file);
  ASSERT_TRUE(network);
  Random random(9);
  for (const auto& [width, height] : sizes) {
    const ColorPicture picture = random_picture(width, height, random);
    const Tensor found = to_tensor((*network)->run(picture), 1);
    FeatureMap input;
    normalize_picture(picture, input);
    EXPECT_EQ(found, reference_depth(*data, to_tensor(input, kInputChannels)))
        << width << 'x' << height;
    EXPECT_EQ(found.width, width / 2);
    // The random network says more than one number.
    EXPECT_GT(std::set<std::int64_t>(found.values.begin(), found.values.end()).size(), 10U);
  }
}

TEST(IntegerNetwork, IsThatOfPlainLoopsAtAnySize) {
  expect_reference(
      random_network(kThin),
      {{32, 32}, {64, 32}, {32, 64}, {160, 96}, {96, 160}, {192, 64}, {224, 32}, {64, 32}});
}

TEST(IntegerNetwork, IsThatOfPlainLoopsInItsDefaultShape) {
  expect_reference(random_network(), {{64, 32}});
}

TEST(IntegerNetwork, TakesOtherShapes) {
  expect_reference(random_network({.channels = {1},
                                   .residuals = {0},
                                   .exponents = {7},
                                   .contexts = 0,
                                   .decoder_residuals = 0},
                                  3),
                   {{32, 32}});
  expect_reference(random_network({.channels = {17, 3, 50},
                                   .residuals = {2, 0, 1},
                                   .exponents = {9, 11, 8},
                                   .contexts = 1,
                                   .decoder_residuals = 2},
                                  4),
                   {{96, 32}});
}

// The training writes pictures with what its own integer arithmetic makes of them.
TEST(IntegerNetwork, TheNetworkOfTheLibraryGivesWhatItsTrainingSaw) {
  std::ifstream stream(STREAMKIT_OWN_DEPTH_VECTORS, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
  std::size_t at = 0;
  const auto number = [&](std::size_t size) {
    unsigned value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= unsigned{bytes.at(at++)} << 8 * i;
    return static_cast<int>(value);
  };
  auto network = IntegerNetwork::read(own_depth_file());
  ASSERT_TRUE(network);
  const int pictures = number(2);
  EXPECT_GE(pictures, 3);
  for (int i = 0; i < pictures; ++i) {
    ColorPicture picture{number(2), number(2), {}};
    for (int n = 0; n < 3 * picture.width * picture.height; ++n) {
      picture.values.push_back(static_cast<std::uint8_t>(number(1)));
    }
    const FeatureMap& depth = (*network)->run(picture);
    int wrong = 0;
    for (int y = 0; y < depth.height(); ++y) {
      for (int x = 0; x < depth.width(); ++x) {
        wrong += *depth.at(x, y) != static_cast<std::int16_t>(number(2));
      }
    }
    EXPECT_EQ(wrong, 0) << picture.width << 'x' << picture.height;
  }
  EXPECT_EQ(at, bytes.size());
}

TEST(IntegerNetwork, RejectsADamagedFile) {
  Bytes file = random_network(kThin);
  file.pop_back();
  const auto network = IntegerNetwork::read(file);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::CorruptData);
}

}  // namespace
}  // namespace streamkit::stereo

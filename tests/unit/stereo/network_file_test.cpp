#include "stereo/network_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "random_network.hpp"

namespace streamkit::stereo {
namespace {

using test::NetworkShape;
using test::random_network;

// Two levels, so that there is one layer of each kind.
const NetworkShape kSmall{.channels = {3, 4},
                          .residuals = {0, 1},
                          .exponents = {10, 9},
                          .contexts = 1,
                          .decoder_residuals = 0};
// Where the first layer begins.
constexpr std::size_t kFirstLayer = 4 + 2 + 2 + 2 * 4 + 2;

void expect_error(const Bytes& file, const std::string& part,
                  ErrorCode code = ErrorCode::CorruptData) {
  const auto network = read_network(file);
  ASSERT_FALSE(network) << part;
  EXPECT_EQ(network.error().code, code) << to_string(network.error());
  EXPECT_NE(network.error().message.find(part), std::string::npos) << network.error().message;
}

void expect_change(std::size_t at, std::uint8_t value, const std::string& part,
                   ErrorCode code = ErrorCode::CorruptData) {
  Bytes file = random_network(kSmall);
  file.at(at) = value;
  expect_error(file, part, code);
}

TEST(NetworkFile, ReadsWhatWasWritten) {
  const auto network = read_network(random_network(kSmall));
  ASSERT_TRUE(network);
  ASSERT_EQ(network->levels.size(), 2U);
  EXPECT_EQ(network->levels[1].channels, 4);
  EXPECT_EQ(network->levels[1].residuals, 1);
  EXPECT_EQ(network->levels[1].exponent, 9);
  EXPECT_EQ(network->contexts, 1);
  EXPECT_EQ(network->decoder_residuals, 0);
  // Two down, a residual's two, a context's two, one up, the output.
  ASSERT_EQ(network->layers.size(), 8U);
  const LayerData& down = network->layers[1];
  EXPECT_EQ(down.side, 3);
  EXPECT_EQ(down.stride, 2);
  EXPECT_EQ(down.in, 3);
  EXPECT_EQ(down.out, 4);
  EXPECT_EQ(down.weights.size(), 3U * 4 * 9);
  EXPECT_EQ(network->layers[4].side, 1);
  EXPECT_EQ(network->layers[7].out, 1);
}

TEST(NetworkFile, ReadsNumbersLittleEndianAndSigned) {
  Bytes file = random_network(kSmall);
  // The first layer's head has 8 bytes, then 3 scales and 3 biases.
  const std::size_t scales = kFirstLayer + 8;
  file[scales] = 7;
  file[scales + 3] = 0xFE;
  file[scales + 4] = file[scales + 5] = file[scales + 6] = 0xFF;
  file[scales + 3 + 12] = 0x81;
  const auto network = read_network(file);
  ASSERT_TRUE(network);
  EXPECT_EQ(network->layers[0].shifts[0], 7);
  EXPECT_EQ(network->layers[0].biases[0], -2);
  EXPECT_EQ(network->layers[0].weights[0], -127);
}

TEST(NetworkFile, TheDefaultShapeIsRead) {
  const Bytes file = random_network();
  EXPECT_LT(file.size(), 2'500'000U);
  EXPECT_TRUE(read_network(file));
}

TEST(NetworkFile, RejectsEachTruncationAndWhatIsAfterIt) {
  const Bytes file = random_network(kSmall);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto network = read_network(std::span(file).first(size));
    ASSERT_FALSE(network) << size;
    EXPECT_EQ(network.error().code, ErrorCode::CorruptData) << size;
  }
  Bytes longer = file;
  longer.push_back(0);
  expect_error(longer, "after its end");
}

TEST(NetworkFile, ReportsWhatIsWrong) {
  expect_change(0, 'X', "SKDN");
  expect_change(4, 2, "version 2", ErrorCode::Unsupported);
  expect_change(6, 0, "number of levels");
  expect_change(6, 6, "number of levels");
  expect_change(7, 1, "number of levels");
  expect_change(8, 0, "its header");
  expect_change(9, 0xFF, "its header");
  expect_change(10, 17, "its header");
  expect_change(15, 25, "its header");
  expect_change(16, 9, "its header");
  expect_change(17, 17, "its header");
  // Side, stride, inputs, outputs.
  for (const std::size_t at : {0U, 1U, 2U, 5U}) {
    expect_change(kFirstLayer + at, 9, "convolution 0: a convolution's shape");
  }
  expect_change(kFirstLayer + 6, 9, "convolution 0: a convolution's exponents");
  expect_change(kFirstLayer + 7, 9, "convolution 0: a convolution's exponents");
  // A scale of 0 is a shift of 0, one of 25 is one of 25.
  expect_change(kFirstLayer + 8, 0, "convolution 0: a shift");
  expect_change(kFirstLayer + 8, 25, "convolution 0: a shift");
  expect_change(kFirstLayer + 8 + 3 + 3, 0x7F, "convolution 0: a sum can overflow");
  expect_change(kFirstLayer + 8 + 3 + 3, 0x80, "convolution 0: a sum can overflow");
  expect_change(kFirstLayer + 8 + 3 + 12, 0x80, "convolution 0: a weight");
}

TEST(NetworkFile, SumsReachAlmostTheLimit) {
  // 8191 * 127 * 9 * 128 fits; more inputs do not, if all weights are large.
  const auto with_large_weights = [](int channels) {
    Bytes file = random_network({.channels = {channels},
                                 .residuals = {0},
                                 .exponents = {10},
                                 .contexts = 0,
                                 .decoder_residuals = 0});
    const auto weights = static_cast<std::size_t>(9 * channels);
    std::fill(file.end() - static_cast<std::ptrdiff_t>(weights), file.end(), std::uint8_t{127});
    return file;
  };
  EXPECT_TRUE(read_network(with_large_weights(128)));
  expect_error(with_large_weights(256), "convolution 1: a sum can overflow");
}

TEST(NetworkFile, AnyByteMayChange) {
  const Bytes file = random_network(kSmall);
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int bits : {0x01, 0x80, 0xFF}) {
      Bytes changed = file;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ bits);
      const auto network = read_network(changed);
      EXPECT_TRUE(network || network.error().code != ErrorCode::Internal) << i;
    }
  }
}

}  // namespace
}  // namespace streamkit::stereo

#pragma once

#include <cmath>
#include <cstdint>
#include <streamkit/core/packet.hpp>
#include <vector>

// Depth networks with random weights, as files.
namespace streamkit::test {

/// A network's shape, and its exponents; the default is that of the network in the library.
struct NetworkShape {
  std::vector<int> channels = {16, 32, 64, 96, 128};
  std::vector<int> residuals = {1, 1, 2, 2, 2};
  std::vector<int> exponents = {10, 10, 9, 9, 8};
  int contexts = 2;
  int decoder_residuals = 1;
  unsigned version = 1;
};

/// The same numbers everywhere.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2'654'435'769U + 1) {}
  /// From `low` to `high`.
  int operator()(int low, int high) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return low + static_cast<int>(state_ % static_cast<std::uint32_t>(high - low + 1));
  }

 private:
  std::uint32_t state_;
};

class RandomNetworkFile {
 public:
  explicit RandomNetworkFile(const NetworkShape& shape, std::uint32_t seed = 1) : random_(seed) {
    for (const char letter : {'S', 'K', 'D', 'N'}) number(static_cast<unsigned>(letter), 1);
    number(shape.version, 2);
    const std::size_t levels = shape.channels.size();
    number(static_cast<unsigned>(levels), 2);
    for (std::size_t i = 0; i < levels; ++i) {
      number(static_cast<unsigned>(shape.channels[i]), 2);
      number(static_cast<unsigned>(shape.residuals[i]), 1);
      number(static_cast<unsigned>(shape.exponents[i]), 1);
    }
    number(static_cast<unsigned>(shape.contexts), 1);
    number(static_cast<unsigned>(shape.decoder_residuals), 1);
    add_layers(shape);
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  void add_layers(const NetworkShape& shape) {
    const auto& channels = shape.channels;
    const auto& exponents = shape.exponents;
    int in = 5;
    int exponent = 10;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      layer(3, 2, in, channels[i], exponent, exponents[i], 0);
      in = channels[i];
      exponent = exponents[i];
      for (int n = 0; n < shape.residuals[i]; ++n) pair(3, in, exponent);
    }
    for (int n = 0; n < shape.contexts; ++n) pair(1, in, exponent);
    for (std::size_t i = channels.size() - 1; i-- > 0;) {
      layer(1, 1, channels[i + 1], channels[i], exponents[i + 1], exponents[i], 1);
      for (int n = 0; n < shape.decoder_residuals; ++n) pair(3, channels[i], exponents[i]);
    }
    layer(3, 1, channels[0], 1, exponents[0], 9, 0);
  }
  void pair(int side, int channels, int exponent) {
    layer(side, 1, channels, channels, exponent, exponent - 1, 0);
    layer(side, 1, channels, channels, exponent - 1, exponent, 2);
  }
  // The output is about as large as the input, less `smaller` bits.
  void layer(int side, int stride, int in, int out, int in_exponent, int out_exponent,
             int smaller) {
    number(static_cast<unsigned>(side), 1);
    number(static_cast<unsigned>(stride), 1);
    number(static_cast<unsigned>(in), 2);
    number(static_cast<unsigned>(out), 2);
    number(static_cast<unsigned>(in_exponent), 1);
    number(static_cast<unsigned>(out_exponent), 1);
    const double sum = 73.0 * std::sqrt(side * side * in);
    const int scale = static_cast<int>(std::lround(std::log2(sum))) + smaller;
    for (int i = 0; i < out; ++i) number(static_cast<unsigned>(scale + random_(-1, 0)), 1);
    const int bias = 1 << (in_exponent + scale - 2);
    for (int i = 0; i < out; ++i) number(static_cast<unsigned>(random_(-bias, bias)), 4);
    for (int i = 0; i < in * out * side * side; ++i) {
      number(static_cast<unsigned>(random_(-127, 127)), 1);
    }
  }
  void number(unsigned value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }

  Random random_;
  Bytes bytes_;
};

inline Bytes random_network(const NetworkShape& shape = {}, std::uint32_t seed = 1) {
  return RandomNetworkFile(shape, seed).bytes();
}

}  // namespace streamkit::test

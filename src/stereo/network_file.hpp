#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit::stereo {

/// Activations are 14 bits and a sign, so that a sum of products fits into 32 bits.
inline constexpr int kMostActivation = 8191;
/// The input's fractional bits, and its channels: red, green, blue, row, column.
inline constexpr int kInputExponent = 10;
inline constexpr int kInputChannels = 5;

/// A convolution with zero padding. A number at exponent e represents number / 2^e.
struct LayerData {
  int side = 3;  ///< Of the kernel: 3 or 1.
  int stride = 1;
  int in = 0;
  int out = 0;
  int in_exponent = 0;
  int out_exponent = 0;
  /// Bits that each output's sum is shifted to the right: 1 to 24.
  std::vector<std::int32_t> shifts = {};
  std::vector<std::int32_t> biases = {};
  /// In the order output, input, row, column.
  std::vector<std::int8_t> weights = {};
};

/// A resolution of the network: half that of the one above.
struct LevelData {
  int channels = 0;
  int residuals = 0;  ///< In the encoder.
  int exponent = 0;   ///< Of all that is kept between layers.
};

/// A network whose parts fit together and whose sums cannot overflow.
struct NetworkData {
  std::vector<LevelData> levels = {};
  int contexts = 0;
  int decoder_residuals = 0;
  /// In the order of use.
  std::vector<LayerData> layers = {};
};

/// Reads an SKDN file. Takes memory in proportion to the bytes.
/// Errors: CorruptData; Unsupported (another version).
[[nodiscard]] Result<NetworkData> read_network(std::span<const std::uint8_t> file);

}  // namespace streamkit::stereo

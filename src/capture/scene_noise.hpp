#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::capture {

/// Mixes the bits of `value`: near inputs give unrelated outputs.
[[nodiscard]] std::uint64_t mix_bits(std::uint64_t value) noexcept;

/// A repeatable stream of numbers.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix_bits(seed)) {}
  /// From 0 to below 1.
  double roll() {
    state_ = mix_bits(state_ + 1);
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  double between(double low, double high) { return low + (high - low) * roll(); }

 private:
  std::uint64_t state_;
};

/// Smooth noise of 2^width_log2 by 2^height_log2 values from -1 to 1 that continues over its edges.
/// The coarsest octave has 2^first_log2 cells each way (less where the picture is smaller); each of
/// the `octaves` is twice as fine and `fading` times as strong as the one before.
[[nodiscard]] std::vector<float> tileable_noise(int width_log2, int height_log2, int first_log2,
                                                int octaves, double fading, std::uint64_t seed);

}  // namespace streamkit::capture

#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::capture {

/// Mixes the bits of `value`, so that similar inputs give unrelated outputs.
[[nodiscard]] std::uint64_t mix_bits(std::uint64_t value) noexcept;

/// A repeatable sequence of pseudo-random numbers.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix_bits(seed)) {}
  /// Returns the next number, from 0 to below 1.
  double roll() {
    state_ = mix_bits(state_ + 1);
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  double between(double low, double high) { return low + (high - low) * roll(); }

 private:
  std::uint64_t state_;
};

/// Returns smooth noise of 2^width_log2 by 2^height_log2 values from -1 to 1 that continues across
/// its edges. The coarsest octave has 2^first_log2 cells in each direction (fewer if the noise is
/// smaller); each of the `octaves` is twice as fine and `fading` times as strong as the one before.
[[nodiscard]] std::vector<float> tileable_noise(int width_log2, int height_log2, int first_log2,
                                                int octaves, double fading, std::uint64_t seed);

}  // namespace streamkit::capture

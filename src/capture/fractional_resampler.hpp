#pragma once

#include <span>
#include <vector>

namespace streamkit::capture {

/// Interpolates audio at any position between its samples: a windowed sinc, tabulated. Flat to
/// 20 kHz at 48 kHz; what a lower output rate cannot hold is filtered out.
class FractionalResampler {
 public:
  FractionalResampler(int input_rate_hz, int output_rate_hz);

  /// Samples that are needed on either side of a position.
  [[nodiscard]] int reach() const noexcept { return taps_ / 2; }
  /// Computes the weights of the samples from `floor(position) - reach() + 1` on, given the
  /// fraction of the position, 0 to 1. They are valid until the next call.
  [[nodiscard]] std::span<const float> weights(double fraction);

 private:
  const int taps_;
  std::vector<float> table_;  // one row of taps per phase, and one more
  std::vector<float> weights_;
};

/// Returns the sum of the products.
[[nodiscard]] float weighted_sum(std::span<const float> weights, const float* samples) noexcept;

}  // namespace streamkit::capture

#pragma once

#include <array>
#include <cstddef>

namespace streamkit::stereo {

/// Solves a symmetric positive definite system and returns the solution.
template <std::size_t N>
[[nodiscard]] std::array<double, N> solve(std::array<std::array<double, N>, N> left,
                                          std::array<double, N> right) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      const double share = left[j][i] / left[i][i];
      for (std::size_t k = i; k < N; ++k) left[j][k] -= share * left[i][k];
      right[j] -= share * right[i];
    }
  }
  for (std::size_t i = N; i-- > 0;) {
    for (std::size_t k = i + 1; k < N; ++k) right[i] -= left[i][k] * right[k];
    right[i] /= left[i][i];
  }
  return right;
}

}  // namespace streamkit::stereo

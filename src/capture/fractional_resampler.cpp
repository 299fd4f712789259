#include "capture/fractional_resampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace streamkit::capture {
namespace {

constexpr int kTaps = 48;
constexpr int kPhases = 512;
// Side lobes below -70 dB. Source: J. F. Kaiser, "Nonrecursive digital filter design", 1974.
constexpr double kKaiserBeta = 7;
// Where the filter is at half its height, relative to half the sample rate.
constexpr double kCutoff = 0.925;

// The modified Bessel function of order 0, as its power series.
double bessel(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-12; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double sinc(double x) {
  return std::abs(x) < 1e-9 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double kaiser(double x) {
  return std::abs(x) >= 1 ? 0 : bessel(kKaiserBeta * std::sqrt(1 - x * x)) / bessel(kKaiserBeta);
}

// More taps where the output rate is lower, so that the transition stays as narrow there.
int taps_for(int input_rate_hz, int output_rate_hz) {
  const int ratio = (input_rate_hz + output_rate_hz - 1) / output_rate_hz;
  return kTaps * std::clamp(ratio, 1, 8);
}

}  // namespace

FractionalResampler::FractionalResampler(int input_rate_hz, int output_rate_hz)
    : taps_(taps_for(input_rate_hz, output_rate_hz)), weights_(static_cast<std::size_t>(taps_)) {
  const double cutoff =
      kCutoff * std::min(1.0, static_cast<double>(output_rate_hz) / input_rate_hz);
  table_.reserve(static_cast<std::size_t>((kPhases + 1) * taps_));
  std::vector<double> row(static_cast<std::size_t>(taps_));
  for (int phase = 0; phase <= kPhases; ++phase) {
    double sum = 0;
    for (int tap = 0; tap < taps_; ++tap) {
      const double distance = tap - taps_ / 2 + 1 - static_cast<double>(phase) / kPhases;
      const double weight = sinc(cutoff * distance) * kaiser(distance / (taps_ / 2));
      row[static_cast<std::size_t>(tap)] = weight;
      sum += weight;
    }
    // Each phase passes a constant unchanged; otherwise a moving phase would modulate it.
    for (const double weight : row) table_.push_back(static_cast<float>(weight / sum));
  }
}

std::span<const float> FractionalResampler::weights(double fraction) {
  const double phase = std::clamp(fraction, 0.0, 1.0) * kPhases;
  const int below = std::min(static_cast<int>(phase), kPhases - 1);
  const auto blend = static_cast<float>(phase - below);
  const float* first = table_.data() + static_cast<std::ptrdiff_t>(below) * taps_;
  const float* second = first + taps_;
  for (std::size_t tap = 0; tap < weights_.size(); ++tap) {
    weights_[tap] = first[tap] + blend * (second[tap] - first[tap]);
  }
  return weights_;
}

float weighted_sum(std::span<const float> weights, const float* samples) noexcept {
  // Four sums, which the compiler may compute side by side. All filters have a multiple of 4 taps.
  float sums[4] = {};
  for (std::size_t tap = 0; tap + 3 < weights.size(); tap += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      sums[lane] += weights[tap + lane] * samples[tap + lane];
    }
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace streamkit::capture

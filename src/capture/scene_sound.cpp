#include "capture/scene_sound.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace streamkit::capture {
namespace {

// A voice of the chord. Its frequency is a whole number of hertz, so that every second begins in
// phase; each voice swells at its own rate.
struct Voice {
  int pitch_hz;
  double level;
  int swell_s;
};
constexpr std::array kVoices = {Voice{165, 0.050, 11}, Voice{220, 0.045, 8}, Voice{275, 0.035, 13},
                                Voice{330, 0.030, 9}, Voice{440, 0.016, 7}};

constexpr int kBlipHz = 1320;
constexpr double kBlipLevel = 0.11;
constexpr double kBlipS = 0.09;
constexpr double kBlipFadeS = 0.018;

// Returns sin(2 pi * cycles / period * n), with an exact phase for any n.
double sine(std::uint64_t n, std::uint64_t cycles, std::uint64_t period) {
  // n is reduced first, so that the product cannot overflow.
  const std::uint64_t phase = n % period * cycles % period;
  return std::sin(2 * std::numbers::pi * static_cast<double>(phase) / static_cast<double>(period));
}

double chord_at(std::uint64_t n, std::uint64_t rate_hz, int channel) {
  double sum = 0;
  for (const Voice& voice : kVoices) {
    const auto swell_period = static_cast<std::uint64_t>(voice.swell_s) * rate_hz;
    // Neighbouring channels swell alternately.
    const std::uint64_t shift = channel % 2 == 0 ? 0 : swell_period / 3;
    const double swell = 0.7 + 0.3 * sine(n + shift, 1, swell_period);
    sum += voice.level * swell * sine(n, static_cast<std::uint64_t>(voice.pitch_hz), rate_hz);
  }
  return sum;
}

double blip_at(std::uint64_t n, std::uint64_t rate_hz) {
  const double since = static_cast<double>(n % rate_hz) / static_cast<double>(rate_hz);
  if (since >= kBlipS) return 0;
  // A cosine begins at its maximum, so that the first sample of a blip is the loudest.
  return kBlipLevel * std::exp(-since / kBlipFadeS) *
         std::cos(2 * std::numbers::pi * kBlipHz * since);
}

}  // namespace

AudioFrame make_scene_sound(std::uint64_t first, int count, const AudioFormat& format) {
  AudioFrame frame;
  frame.format = format;
  frame.sample_count = count;
  const auto samples = static_cast<std::size_t>(count);
  const auto channels = static_cast<std::size_t>(format.channels);
  const auto rate_hz = static_cast<std::uint64_t>(format.sample_rate_hz);
  frame.samples.resize(samples * channels);
  for (std::size_t i = 0; i < samples; ++i) {
    const double blip = blip_at(first + i, rate_hz);
    const std::array<double, 2> sums = {chord_at(first + i, rate_hz, 0) + blip,
                                        chord_at(first + i, rate_hz, 1) + blip};
    for (std::size_t c = 0; c < channels; ++c) {
      frame.samples[c * samples + i] = static_cast<float>(sums[c % 2]);
    }
  }
  return frame;
}

}  // namespace streamkit::capture

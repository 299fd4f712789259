#include "capture/scene_noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace streamkit::capture {
namespace {

struct Tap {
  std::size_t first;
  std::size_t second;
  float weight;  // the weight of the second cell
};

// Returns the position of each of `size` values between the cells of a ring of `cells`, eased at
// both ends.
std::vector<Tap> taps(std::size_t size, std::size_t cells) {
  std::vector<Tap> result(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t scaled = i * cells;
    const std::size_t cell = scaled / size;
    const float t = static_cast<float>(scaled % size) / static_cast<float>(size);
    result[i] = {cell, (cell + 1) % cells, t * t * (3 - 2 * t)};
  }
  return result;
}

void add_octave(std::vector<float>& values, std::size_t width, std::size_t height,
                std::size_t cells_x, std::size_t cells_y, float strength, Dice& dice) {
  std::vector<float> cells(cells_x * cells_y);
  for (float& cell : cells) cell = static_cast<float>(dice.between(-1, 1)) * strength;
  const std::vector<Tap> across = taps(width, cells_x);
  const std::vector<Tap> down = taps(height, cells_y);
  std::vector<float> line(cells_x);
  for (std::size_t y = 0; y < height; ++y) {
    const float* upper = &cells[down[y].first * cells_x];
    const float* lower = &cells[down[y].second * cells_x];
    for (std::size_t i = 0; i < cells_x; ++i) {
      line[i] = upper[i] + (lower[i] - upper[i]) * down[y].weight;
    }
    float* row = &values[y * width];
    for (std::size_t x = 0; x < width; ++x) {
      const Tap& tap = across[x];
      row[x] += line[tap.first] + (line[tap.second] - line[tap.first]) * tap.weight;
    }
  }
}

}  // namespace

std::uint64_t mix_bits(std::uint64_t value) noexcept {
  // SplitMix64. Source of the constants: S. Vigna.
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::vector<float> tileable_noise(int width_log2, int height_log2, int first_log2, int octaves,
                                  double fading, std::uint64_t seed) {
  const std::size_t width = std::size_t{1} << width_log2;
  const std::size_t height = std::size_t{1} << height_log2;
  std::vector<float> values(width * height);
  double total = 0;
  for (int i = 0; i < octaves; ++i) total += std::pow(fading, i);

  Dice dice(seed);
  double strength = 1 / total;
  for (int i = 0; i < octaves; ++i, strength *= fading) {
    const std::size_t cells_x = std::size_t{1} << std::min(first_log2 + i, width_log2);
    const std::size_t cells_y = std::size_t{1} << std::min(first_log2 + i, height_log2);
    add_octave(values, width, height, cells_x, cells_y, static_cast<float>(strength), dice);
  }
  return values;
}

}  // namespace streamkit::capture

#include "capture/scene_tone_map.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::capture {
namespace {

// Converts texel coordinates to 16.16 fixed point. The overflow at 32 bits is harmless, because it
// is a multiple of every map's size.
std::uint32_t fixed(double value) {
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(std::floor(value * 65536)));
}

std::uint32_t fraction(std::uint32_t value) { return value >> 8 & 0xff; }

std::uint32_t mixed(std::uint32_t a, std::uint32_t b, std::uint32_t weight) {
  return (a * (256 - weight) + b * weight + 128) >> 8;
}

void halve_across(const std::uint8_t* from, std::uint8_t* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<std::uint8_t>((from[2 * i] + from[2 * i + 1] + 1) / 2);
  }
}

void halve_down(const std::uint8_t* from, std::uint8_t* to, std::size_t width, std::size_t rows) {
  for (std::size_t y = 0; y < rows; ++y) {
    const std::uint8_t* upper = from + 2 * y * width;
    for (std::size_t x = 0; x < width; ++x) {
      to[y * width + x] = static_cast<std::uint8_t>((upper[x] + upper[x + width] + 1) / 2);
    }
  }
}

// Two neighbouring rows of a level, and the position of a coordinate between them.
struct RowPair {
  RowPair(const ToneMap::Level& level, std::uint32_t y) : weight(fraction(y)) {
    const std::uint32_t mask = (1u << level.height_log2) - 1;
    const std::uint32_t row = y >> 16 & mask;
    upper = level.tones + (row << level.width_log2);
    lower = level.tones + (((row + 1) & mask) << level.width_log2);
  }

  [[nodiscard]] std::uint8_t at(std::uint32_t x, std::uint32_t mask) const {
    const std::uint32_t left = x >> 16 & mask;
    const std::uint32_t right = (left + 1) & mask;
    const std::uint32_t part = fraction(x);
    return static_cast<std::uint8_t>(mixed(mixed(upper[left], upper[right], part),
                                           mixed(lower[left], lower[right], part), weight));
  }

  const std::uint8_t* upper;
  const std::uint8_t* lower;
  std::uint32_t weight;
};

}  // namespace

ToneMap::ToneMap(int width_log2, int height_log2, const std::vector<float>& tones)
    : width_log2_(width_log2), height_log2_(height_log2) {
  std::size_t total = 0;
  for (int x = 0; x <= width_log2; ++x) {
    for (int y = 0; y <= height_log2; ++y) {
      offsets_.push_back(total);
      total += std::size_t{1} << (width_log2 - x + height_log2 - y);
    }
  }
  tones_.resize(total);
  std::transform(tones.begin(), tones.end(), tones_.begin(), [](float tone) {
    return static_cast<std::uint8_t>(std::clamp(tone, 0.0F, 255.0F) + 0.5F);
  });
  for (int x = 0; x <= width_log2; ++x) {
    const std::size_t width = std::size_t{1} << (width_log2 - x);
    if (x > 0) {
      halve_across(&tones_[offsets_[index(x - 1, 0)]], &tones_[offsets_[index(x, 0)]],
                   width << height_log2);
    }
    for (int y = 1; y <= height_log2; ++y) {
      halve_down(&tones_[offsets_[index(x, y - 1)]], &tones_[offsets_[index(x, y)]], width,
                 std::size_t{1} << (height_log2 - y));
    }
  }
}

ToneMap::Level ToneMap::level(int x, int y) const {
  x = std::clamp(x, 0, width_log2_);
  y = std::clamp(y, 0, height_log2_);
  return {&tones_[offsets_[index(x, y)]], width_log2_ - x, height_log2_ - y};
}

int halvings(double texels) {
  if (!(texels > 1)) return 0;
  return static_cast<int>(std::min(std::log2(texels) + 0.5, 30.0));
}

void sample_tones(const ToneMap::Level& level, double u, double v, double du, double dv, int count,
                  std::uint8_t* out) {
  const std::uint32_t mask = (1u << level.width_log2) - 1;
  const std::uint32_t step_x = fixed(du);
  const std::uint32_t step_y = fixed(dv);
  std::uint32_t x = fixed(u - 0.5);
  std::uint32_t y = fixed(v - 0.5);
  if (step_y == 0) {
    const RowPair rows(level, y);
    for (int i = 0; i < count; ++i, x += step_x) out[i] = rows.at(x, mask);
    return;
  }
  for (int i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = RowPair(level, y).at(x, mask);
}

void mix_rows(const ToneMap::Level& level, double v, std::vector<std::uint8_t>& line) {
  const RowPair rows(level, fixed(v - 0.5));
  line.resize(std::size_t{1} << level.width_log2);
  for (std::size_t i = 0; i < line.size(); ++i) {
    line[i] = static_cast<std::uint8_t>(mixed(rows.upper[i], rows.lower[i], rows.weight));
  }
}

void sample_line(const std::vector<std::uint8_t>& line, double u, double du, int count,
                 std::uint8_t* out) {
  const auto mask = static_cast<std::uint32_t>(line.size() - 1);
  const std::uint32_t step = fixed(du);
  std::uint32_t x = fixed(u - 0.5);
  for (int i = 0; i < count; ++i, x += step) {
    const std::uint32_t left = x >> 16 & mask;
    out[i] = static_cast<std::uint8_t>(mixed(line[left], line[(left + 1) & mask], fraction(x)));
  }
}

}  // namespace streamkit::capture

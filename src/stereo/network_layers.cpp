#include "stereo/network_layers.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "stereo/network_file.hpp"
#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kColors = 3;
// Of the mean and the deviation of colours.
constexpr std::int64_t kFraction = 256;
// What is added to the deviation, so that a flat picture's noise stays small: 5 % of 255.
constexpr std::int64_t kLeastDeviation = 3264;
constexpr int kUnit = 1 << kInputExponent;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// Rounded down. Precondition: below 2^32.
std::int64_t square_root(std::int64_t value) {
  std::int64_t root = 0;
  for (std::int64_t bit = 1 << 15; bit > 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= value) root += bit;
  }
  return root;
}

using ColorTable = std::array<std::int16_t, 256>;

// What each value of a colour becomes.
ColorTable normalized_colors(const std::vector<std::uint8_t>& values) {
  std::array<std::int64_t, 256> counts{};
  for (const std::uint8_t value : values) ++counts[value];
  std::int64_t sum = 0;
  std::int64_t squares = 0;
  for (std::int64_t value = 0; value < 256; ++value) {
    sum += counts[static_cast<std::size_t>(value)] * value;
    squares += counts[static_cast<std::size_t>(value)] * value * value;
  }
  const auto count = static_cast<std::int64_t>(values.size());
  const std::int64_t mean = (sum * kFraction + count / 2) / count;
  const std::int64_t variance =
      std::max<std::int64_t>(squares * kFraction * kFraction / count - mean * mean, 0);
  const std::int64_t scale = square_root(variance) + kLeastDeviation;
  ColorTable table{};
  for (std::int64_t value = 0; value < 256; ++value) {
    const std::int64_t scaled =
        floor_divide((value * kFraction - mean) * 2 * kUnit + scale, 2 * scale);
    table[static_cast<std::size_t>(value)] = static_cast<std::int16_t>(
        std::clamp<std::int64_t>(scaled, -kMostActivation, kMostActivation));
  }
  return table;
}

std::int16_t place(int i, int size) {
  return static_cast<std::int16_t>(((2 * i + 1) * 2 * kUnit + size) / (2 * size) - kUnit);
}

// A row between two others, of which the first is nearer, times 4.
STREAMKIT_SIMD_CLONES void mix_rows(const std::int16_t* __restrict near,
                                    const std::int16_t* __restrict far, int count,
                                    std::int16_t* __restrict out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<std::int16_t>(3 * near[i] + far[i]);
}

// The same along such a row, whose ends are there twice: of each place two, added to `out`.
STREAMKIT_SIMD_CLONES void add_mixed(const std::int16_t* __restrict row, int width, int channels,
                                     std::int16_t* __restrict out) {
  for (int x = 0; x < width; ++x) {
    for (int side = 0; side < 2; ++side) {
      const std::int16_t* near = row + (x + 1) * channels;
      const std::int16_t* far = near + (2 * side - 1) * channels;
      std::int16_t* to = out + (2 * x + side) * channels;
      for (int c = 0; c < channels; ++c) {
        const int sum = ((3 * near[c] + far[c] + 8) >> 4) + to[c];
        to[c] = static_cast<std::int16_t>(std::clamp(sum, 0, kMostActivation));
      }
    }
  }
}

STREAMKIT_SIMD_CLONES void add_to_sums(const std::int16_t* __restrict row, int width, int channels,
                                       std::int32_t* __restrict sums) {
  for (int x = 0; x < width; ++x) {
    for (int c = 0; c < channels; ++c) sums[c] += row[x * channels + c];
  }
}

STREAMKIT_SIMD_CLONES void add_to_row(const std::int16_t* __restrict one, int width, int channels,
                                      std::int16_t* __restrict row) {
  for (int x = 0; x < width; ++x) {
    for (int c = 0; c < channels; ++c) {
      const int sum = row[x * channels + c] + one[c];
      row[x * channels + c] = static_cast<std::int16_t>(std::clamp(sum, 0, kMostActivation));
    }
  }
}

}  // namespace

void normalize_picture(const ColorPicture& picture, FeatureMap& out) {
  const ColorTable table = normalized_colors(picture.values);
  out.resize(picture.width, picture.height, kInputChannels);
  const std::uint8_t* from = picture.values.data();
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      std::int16_t* to = out.at(x, y);
      for (int color = 0; color < kColors; ++color) *to++ = table[*from++];
      *to++ = place(y, picture.height);
      *to = place(x, picture.width);
    }
  }
}

void Upsampling::add(const FeatureMap& small, FeatureMap& out) {
  assert(out.width() == 2 * small.width() && out.height() == 2 * small.height() &&
         out.stride() == small.stride());
  const int channels = small.stride();
  const int count = small.width() * channels;
  row_.resize(static_cast<std::size_t>(count + 2 * channels));
  for (int y = 0; y < out.height(); ++y) {
    const int near = y / 2;
    const int far = std::clamp(near + y % 2 * 2 - 1, 0, small.height() - 1);
    mix_rows(small.at(0, near), small.at(0, far), count, row_.data() + channels);
    std::copy_n(row_.begin() + channels, channels, row_.begin());
    std::copy_n(row_.end() - 2 * channels, channels, row_.end() - channels);
    add_mixed(row_.data(), small.width(), channels, out.at(0, y));
  }
}

void channel_means(const FeatureMap& in, int channels, FeatureMap& out) {
  std::vector<std::int32_t> sums(static_cast<std::size_t>(in.stride()), 0);
  for (int y = 0; y < in.height(); ++y) {
    add_to_sums(in.at(0, y), in.width(), in.stride(), sums.data());
  }
  out.resize(1, 1, channels);
  const int count = in.width() * in.height();
  std::transform(sums.begin(), sums.end(), out.at(0, 0), [count](std::int32_t sum) {
    return static_cast<std::int16_t>((sum + count / 2) / count);
  });
}

void add_everywhere(const FeatureMap& one, FeatureMap& out) {
  for (int y = 0; y < out.height(); ++y) {
    add_to_row(one.at(0, 0), out.width(), out.stride(), out.at(0, y));
  }
}

}  // namespace streamkit::stereo

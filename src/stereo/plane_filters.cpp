#include "stereo/plane_filters.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kTallCell = 4;
// The sum of a column of more rows might overflow.
constexpr int kMostRows = 256;

// Returns the first pixel of cell `i`, of `cells` cells over `length` pixels. No cell is empty
// while cells <= length.
int cell_begin(int i, int cells, int length) {
  return static_cast<int>(std::int64_t{i} * length / cells);
}

// Adds the pixels of a row to the sum of each column.
STREAMKIT_SIMD_CLONES void add_pixels(const std::uint8_t* __restrict row, int width,
                                      std::uint16_t* __restrict sums) {
  for (int x = 0; x < width; ++x) sums[x] = static_cast<std::uint16_t>(sums[x] + row[x]);
}
// Adds the absolute difference of each pixel and the next one to the sum of each column.
STREAMKIT_SIMD_CLONES void add_steps(const std::uint8_t* __restrict row, int width,
                                     std::uint16_t* __restrict sums) {
  for (int x = 0; x < width; ++x) {
    const std::uint8_t least = std::min(row[x], row[x + 1]);
    const std::uint8_t most = std::max(row[x], row[x + 1]);
    sums[x] = static_cast<std::uint16_t>(sums[x] + (most - least));
  }
}

using AddRow = void (*)(const std::uint8_t* row, int width, std::uint16_t* sums);

void downsample(const VideoPlane& plane, int columns, Grid& out, AddRow add_row) {
  std::vector<std::uint16_t> sums(static_cast<std::size_t>(columns));
  std::vector<int> begins(static_cast<std::size_t>(out.width) + 1);
  for (int x = 0; x <= out.width; ++x) {
    begins[static_cast<std::size_t>(x)] = cell_begin(x, out.width, columns);
  }
  for (int y = 0; y < out.height; ++y) {
    const int top = cell_begin(y, out.height, plane.height_px);
    const int bottom = cell_begin(y + 1, out.height, plane.height_px);
    const int tall = bottom - top;
    const int step = tall < kTallCell ? 1 : std::max(2, (tall - 1) / kMostRows + 1);
    std::fill(sums.begin(), sums.end(), std::uint16_t{0});
    int rows = 0;
    for (int row = top; row < bottom; row += step, ++rows) {
      add_row(plane.row(row), columns, sums.data());
    }
    float* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      const int left = begins[static_cast<std::size_t>(x)];
      const int right = std::max(begins[static_cast<std::size_t>(x) + 1], left + 1);
      const std::uint32_t sum = std::accumulate(sums.begin() + left, sums.begin() + right, 0U);
      to[x] = static_cast<float>(sum) / (255.0F * static_cast<float>((right - left) * rows));
    }
  }
}

// Returns the weight of one cell in each window of `2 * radius + 1` along `length` cells: the
// inverse of the number of cells of the window that are in the grid.
std::vector<double> window_shares(int length, int radius) {
  std::vector<double> shares(static_cast<std::size_t>(length));
  for (int i = 0; i < length; ++i) {
    const int count = std::min(i + radius, length - 1) - std::max(i - radius, 0) + 1;
    shares[static_cast<std::size_t>(i)] = 1.0 / count;
  }
  return shares;
}

// Computes means of `taps` neighbours. `shares` is the weight of each; neighbours outside the grid
// are 0 in `padded`.
STREAMKIT_INLINE void blur_taps(const double* __restrict padded, int width, int taps,
                                const double* __restrict shares, float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    double sum = padded[x];
    for (int tap = 1; tap < taps; ++tap) sum += padded[x + tap];
    out[x] = static_cast<float>(sum * shares[x]);
  }
}
STREAMKIT_SIMD_CLONES void blur_across(const double* padded, int width, int taps,
                                       const double* shares, float* out) {
  // If the size of the window is known to the compiler, the window stays in registers.
  if (taps == 5) return blur_taps(padded, width, 5, shares, out);
  if (taps == 7) return blur_taps(padded, width, 7, shares, out);
  if (taps == 11) return blur_taps(padded, width, 11, shares, out);
  blur_taps(padded, width, taps, shares, out);
}

// Moves the sums of a window down by one row, and writes the means.
STREAMKIT_SIMD_CLONES void blur_down(const float* __restrict enters, const float* __restrict leaves,
                                     int width, double share, double* __restrict sums,
                                     float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    const double sum = sums[x] + static_cast<double>(enters[x]) - static_cast<double>(leaves[x]);
    sums[x] = sum;
    out[x] = static_cast<float>(sum * share);
  }
}

}  // namespace

void resize_to_cells(const VideoPlane& plane, int longest_side, Grid& out) {
  const int longest = std::max(plane.width_px, plane.height_px);
  const int cell = (longest + longest_side - 1) / longest_side;
  out.resize(std::max(plane.width_px / cell, 1), std::max(plane.height_px / cell, 1));
}

void downsample_mean(const VideoPlane& plane, Grid& out) {
  downsample(plane, plane.width_px, out, add_pixels);
}

void downsample_detail(const VideoPlane& plane, Grid& out) {
  const int width = plane.width_px - 1;
  if (width < out.width) {
    std::fill(out.values.begin(), out.values.end(), 0.0F);
    return;
  }
  downsample(plane, width, out, add_steps);
}

void box_blur(const Grid& in, int radius, Grid& out) {
  const int width = in.width;
  const int height = in.height;
  const auto columns = static_cast<std::size_t>(width);
  std::vector<double> padded(columns + static_cast<std::size_t>(2 * radius));
  const std::vector<double> shares = window_shares(width, radius);
  Grid across;
  across.resize(width, height);
  for (int y = 0; y < height; ++y) {
    std::copy_n(in.row(y), width, padded.begin() + radius);
    blur_across(padded.data(), width, 2 * radius + 1, shares.data(), across.row(y));
  }

  out.resize(width, height);
  const std::vector<double> down_shares = window_shares(height, radius);
  const std::vector<float> nothing(columns, 0.0F);
  const auto row_or_nothing = [&](int y) {
    return y >= 0 && y < height ? across.row(y) : nothing.data();
  };
  std::vector<double> sums(columns, 0.0);
  for (int y = -radius; y < height; ++y) {
    // While the window fills, its means are written to the first row, which is overwritten later.
    float* to = out.row(std::max(y, 0));
    blur_down(row_or_nothing(y + radius), row_or_nothing(y - radius - 1), width,
              down_shares[static_cast<std::size_t>(std::max(y, 0))], sums.data(), to);
  }
}

void GuidedFilter::fit(const Grid& signal, const Grid& guide, int radius, float epsilon,
                       GuidedModel& model) {
  const std::size_t size = signal.values.size();
  box_blur(guide, radius, mean_guide_);
  box_blur(signal, radius, mean_signal_);
  product_.resize(signal.width, signal.height);
  for (std::size_t i = 0; i < size; ++i) product_.values[i] = guide.values[i] * signal.values[i];
  box_blur(product_, radius, correlation_);
  for (std::size_t i = 0; i < size; ++i) product_.values[i] = guide.values[i] * guide.values[i];
  box_blur(product_, radius, product_);

  model.slope.resize(signal.width, signal.height);
  model.offset.resize(signal.width, signal.height);
  for (std::size_t i = 0; i < size; ++i) {
    const float guide_mean = mean_guide_.values[i];
    const float variance = std::max(product_.values[i] - guide_mean * guide_mean, 0.0F);
    const float covariance = correlation_.values[i] - guide_mean * mean_signal_.values[i];
    const float slope = covariance / (variance + epsilon);
    model.slope.values[i] = slope;
    model.offset.values[i] = mean_signal_.values[i] - slope * guide_mean;
  }
  box_blur(model.slope, radius, model.slope);
  box_blur(model.offset, radius, model.offset);
}

}  // namespace streamkit::stereo

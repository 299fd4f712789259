#include "stereo/plane_filters.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace streamkit::stereo {
namespace {

constexpr int kTallCell = 4;

// Cell `i` of `cells` over `length` pixels: never empty while cells <= length.
int cell_begin(int i, int cells, int length) {
  return static_cast<int>(std::int64_t{i} * length / cells);
}

// `add_row(row, sums)` adds one value per column.
template <typename AddRow>
void downsample(const VideoPlane& plane, int columns, Grid& out, AddRow add_row) {
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(plane.width_px));
  for (int y = 0; y < out.height; ++y) {
    const int top = cell_begin(y, out.height, plane.height_px);
    const int bottom = cell_begin(y + 1, out.height, plane.height_px);
    const int step = bottom - top >= kTallCell ? 2 : 1;
    std::fill(sums.begin(), sums.end(), 0U);
    int rows = 0;
    for (int row = top; row < bottom; row += step, ++rows) add_row(plane.row(row), sums.data());
    float* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      const int left = cell_begin(x, out.width, columns);
      const int right = std::max(cell_begin(x + 1, out.width, columns), left + 1);
      std::uint64_t sum = 0;
      for (int column = left; column < right; ++column) {
        sum += sums[static_cast<std::size_t>(column)];
      }
      to[x] = static_cast<float>(sum) / (255.0F * static_cast<float>((right - left) * rows));
    }
  }
}

// Windowed sums of one row, each divided by how many it holds.
void blur_row(const float* in, int width, int radius, float* out) {
  double sum = 0;
  for (int x = 0; x < std::min(radius, width); ++x) sum += in[x];
  for (int x = 0; x < width; ++x) {
    if (x + radius < width) sum += in[x + radius];
    if (x - radius - 1 >= 0) sum -= in[x - radius - 1];
    const int count = std::min(x + radius, width - 1) - std::max(x - radius, 0) + 1;
    out[x] = static_cast<float>(sum / count);
  }
}

}  // namespace

void downsample_mean(const VideoPlane& plane, Grid& out) {
  const int width = plane.width_px;
  downsample(plane, width, out, [width](const std::uint8_t* row, std::uint32_t* sums) {
    for (int x = 0; x < width; ++x) sums[x] += row[x];
  });
}

void downsample_detail(const VideoPlane& plane, Grid& out) {
  const int width = plane.width_px - 1;
  if (width < out.width) {
    std::fill(out.values.begin(), out.values.end(), 0.0F);
    return;
  }
  downsample(plane, width, out, [width](const std::uint8_t* row, std::uint32_t* sums) {
    for (int x = 0; x < width; ++x) {
      sums[x] += static_cast<std::uint32_t>(std::abs(int{row[x + 1]} - int{row[x]}));
    }
  });
}

void box_blur(const Grid& in, int radius, Grid& out) {
  const int width = in.width;
  const int height = in.height;
  Grid across;
  across.resize(width, height);
  for (int y = 0; y < height; ++y) blur_row(in.row(y), width, radius, across.row(y));

  out.resize(width, height);
  std::vector<double> sums(static_cast<std::size_t>(width), 0.0);
  const auto add = [&](int y, double sign) {
    const float* row = across.row(y);
    for (int x = 0; x < width; ++x) sums[static_cast<std::size_t>(x)] += sign * row[x];
  };
  for (int y = 0; y < std::min(radius, height); ++y) add(y, 1);
  for (int y = 0; y < height; ++y) {
    if (y + radius < height) add(y + radius, 1);
    if (y - radius - 1 >= 0) add(y - radius - 1, -1);
    const double share = 1.0 / (std::min(y + radius, height - 1) - std::max(y - radius, 0) + 1);
    float* to = out.row(y);
    for (int x = 0; x < width; ++x) {
      to[x] = static_cast<float>(sums[static_cast<std::size_t>(x)] * share);
    }
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

#include "desktop/frame_scaler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "desktop/rgb_rows.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::array<std::uint8_t, 3> kBlack = {16, 128, 128};
constexpr int kUnit = 256;

/// The nearest even number of at least 2 that is not above `limit`, which is even.
int even_size(double size, int limit) {
  return std::clamp(static_cast<int>(std::lround(size / 2)) * 2, 2, limit);
}

/// Turns `shares` into whole weights that add up to kUnit.
void append_weights(const std::vector<double>& shares, std::vector<std::uint16_t>& weights) {
  double total = 0;
  for (const double share : shares) total += share;
  double sum = 0;
  int given = 0;
  for (const double share : shares) {
    sum += share;
    const int until_here = static_cast<int>(std::lround(sum / total * kUnit));
    weights.push_back(static_cast<std::uint16_t>(until_here - given));
    given = until_here;
  }
}

void copy_rows(const VideoPlane& from, const WritablePlane& to, RowRange rows) {
  for (int y = rows.begin; y < rows.end; ++y) {
    std::memcpy(to.row(y), from.row(y), static_cast<std::size_t>(to.width_px));
  }
}

}  // namespace

ScalerTaps scaler_taps(int inputs, int outputs) {
  ScalerTaps taps;
  const double step = static_cast<double>(inputs) / outputs;
  const double reach = std::max(1.0, step);
  std::vector<double> shares;
  for (int i = 0; i < outputs; ++i) {
    const double centre = (i + 0.5) * step - 0.5;
    const int first = std::max(0, static_cast<int>(std::floor(centre - reach)) + 1);
    const int last = std::min(inputs - 1, static_cast<int>(std::ceil(centre + reach)) - 1);
    shares.clear();
    for (int at = first; at <= last; ++at) shares.push_back(1 - std::abs(at - centre) / reach);
    taps.samples.push_back({first, last - first + 1, taps.weights.size()});
    append_weights(shares, taps.weights);
  }
  return taps;
}

void FrameScaler::fit(int width_px, int height_px) {
  source_width_px_ = width_px;
  source_height_px_ = height_px;
  previous_.reset();
  const double scale = std::min(static_cast<double>(format_.width_px) / width_px,
                                static_cast<double>(format_.height_px) / height_px);
  width_ = even_size(width_px * scale, format_.width_px);
  height_ = even_size(height_px * scale, format_.height_px);
  left_ = (format_.width_px - width_) / 4 * 2;
  top_ = (format_.height_px - height_) / 4 * 2;
  columns_ = scaler_taps(width_px, width_);
  rows_ = scaler_taps(height_px, height_);
  sums_.resize(static_cast<std::size_t>(width_px) * 4);
  upper_.resize(static_cast<std::size_t>(width_));
  lower_.resize(static_cast<std::size_t>(width_));
  chroma_.resize(static_cast<std::size_t>(width_) * 2 + 2);
}

RowRange FrameScaler::affected_rows(RowRange changed) const {
  if (!previous_) return {0, height_};
  RowRange rows{height_, 0};
  for (int y = 0; y < height_; ++y) {
    const auto& sample = rows_.samples[static_cast<std::size_t>(y)];
    if (sample.first >= changed.end || sample.first + sample.count <= changed.begin) continue;
    rows.begin = std::min(rows.begin, y);
    rows.end = y + 1;
  }
  if (rows.empty()) return {0, 0};
  return {rows.begin / 2 * 2, (rows.end + 1) / 2 * 2};
}

void FrameScaler::fill_around(WritableFrame& frame) const {
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    const int part = p == 0 ? 1 : 2;
    const int left = left_ / part;
    const int right = left + width_ / part;
    for (int y = 0; y < plane.height_px; ++y) {
      const bool inside = y >= top_ / part && y < (top_ + height_) / part;
      std::uint8_t* row = plane.row(y);
      const std::uint8_t black = kBlack[static_cast<std::size_t>(p)];
      std::fill(row, row + (inside ? left : plane.width_px), black);
      if (inside) std::fill(row + right, row + plane.width_px, black);
    }
  }
}

const std::uint32_t* FrameScaler::scaled_row(const RgbImage& image, int y,
                                             std::vector<std::uint32_t>& into) {
  if (width_ == image.width_px && height_ == image.height_px) return image.row(y);
  std::fill(sums_.begin(), sums_.end(), std::uint16_t{0});
  const auto& sample = rows_.samples[static_cast<std::size_t>(y)];
  for (int tap = 0; tap < sample.count; ++tap) {
    const std::uint16_t weight = rows_.weights[sample.weights + static_cast<std::size_t>(tap)];
    if (weight == 0) continue;
    add_weighted(reinterpret_cast<const std::uint8_t*>(image.row(sample.first + tap)),
                 image.width_px * 4, weight, sums_.data());
  }
  scale_columns(sums_.data(), columns_, into.data());
  return into.data();
}

VideoFrame FrameScaler::convert(const RgbImage& image, RowRange changed) {
  if (image.width_px != source_width_px_ || image.height_px != source_height_px_) {
    fit(image.width_px, image.height_px);
  }
  const RowRange rows = affected_rows(changed);
  WritableFrame frame = pool_.acquire(format_);
  if (previous_) {
    for (int p = 0; p < 3; ++p) {
      const int part = p == 0 ? 1 : 2;
      const WritablePlane& plane = frame.plane(p);
      const VideoPlane& before = previous_->planes[static_cast<std::size_t>(p)];
      copy_rows(before, plane, {0, (top_ + rows.begin) / part});
      copy_rows(before, plane, {(top_ + rows.end) / part, plane.height_px});
    }
  }
  fill_around(frame);
  for (int y = rows.begin; y < rows.end; y += 2) {
    const std::uint32_t* upper = scaled_row(image, y, upper_);
    const std::uint32_t* lower = scaled_row(image, y + 1, lower_);
    luma_row(upper, width_, frame.plane(0).row(top_ + y) + left_);
    luma_row(lower, width_, frame.plane(0).row(top_ + y + 1) + left_);
    const int chroma_y = (top_ + y) / 2;
    chroma_row(upper, lower, width_, chroma_.data(), frame.plane(1).row(chroma_y) + left_ / 2,
               frame.plane(2).row(chroma_y) + left_ / 2);
  }
  previous_ = std::move(frame).publish(MediaTime{0}, MediaTime{0});
  return *previous_;
}

}  // namespace streamkit::desktop

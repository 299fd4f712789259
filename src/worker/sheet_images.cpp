#include "worker/sheet_images.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace streamkit::worker {
namespace {

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::clamp(value * 255.0 + 0.5, 0.0, 255.0));
}

// Where pixel `i` of `to` pixels lies in `from` pixels, the first and the one behind the last.
std::pair<int, int> span_of(int i, int to, double begin, double length, int from) {
  const int first = std::clamp(static_cast<int>(begin + length * i / to), 0, from - 1);
  const int last = std::clamp(static_cast<int>(begin + length * (i + 1) / to), first + 1, from);
  return {first, last};
}

double mean_of(const VideoPlane& plane, std::pair<int, int> columns, std::pair<int, int> rows) {
  std::int64_t sum = 0;
  for (int y = rows.first; y < rows.second; ++y) {
    for (int x = columns.first; x < columns.second; ++x) sum += plane.row(y)[x];
  }
  return static_cast<double>(sum) / ((columns.second - columns.first) * (rows.second - rows.first));
}

// Source: ITU-R BT.601-7 and BT.709-6.
std::array<double, 3> rgb(const VideoFormat& format, double y, double u, double v) {
  const bool full = format.range == ColorRange::Full;
  const double luma = full ? y / 255 : (y - 16) / 219;
  const double blue = (u - 128) / (full ? 255 : 224);
  const double red = (v - 128) / (full ? 255 : 224);
  const double kr = format.matrix == ColorMatrix::Bt601 ? 0.299 : 0.2126;
  const double kb = format.matrix == ColorMatrix::Bt601 ? 0.114 : 0.0722;
  const double r = luma + 2 * (1 - kr) * red;
  const double b = luma + 2 * (1 - kb) * blue;
  return {r, (luma - kr * r - kb * b) / (1 - kr - kb), b};
}

}  // namespace

media::RgbPicture blank_image(int width_px, int height_px, std::uint8_t value) {
  media::RgbPicture picture{width_px, height_px, {}};
  for (auto& plane : picture.planes) {
    plane.assign(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px), value);
  }
  return picture;
}

media::RgbPicture rgb_of(const VideoFrame& frame, double left, double share, int width_px) {
  const double source_width = frame.format.width_px * share;
  const int height =
      std::clamp(static_cast<int>(std::lround(frame.format.height_px * width_px / source_width)), 1,
                 4 * width_px);
  media::RgbPicture picture = blank_image(width_px, height, 0);
  std::size_t at = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width_px; ++x, ++at) {
      std::array<double, 3> yuv{};
      for (std::size_t p = 0; p < 3; ++p) {
        const VideoPlane& plane = frame.planes[p];
        yuv[p] = mean_of(
            plane,
            span_of(x, width_px, plane.width_px * left, plane.width_px * share, plane.width_px),
            span_of(y, height, 0, plane.height_px, plane.height_px));
      }
      const auto colour = rgb(frame.format, yuv[0], yuv[1], yuv[2]);
      for (std::size_t c = 0; c < 3; ++c) picture.planes[c][at] = level(colour[c]);
    }
  }
  return picture;
}

media::RgbPicture false_colour(const DepthMap& depth, int width_px, int height_px) {
  // Each channel rises and falls over a part of the range.
  constexpr std::array<std::array<double, 3>, 5> kStops = {
      {{0.1, 0.1, 0.6}, {0.0, 0.6, 0.9}, {0.2, 0.8, 0.3}, {1.0, 0.9, 0.1}, {0.9, 0.1, 0.1}}};
  media::RgbPicture picture = blank_image(width_px, height_px, 0);
  std::size_t at = 0;
  for (int y = 0; y < height_px; ++y) {
    const int row = y * depth.height_px / height_px;
    for (int x = 0; x < width_px; ++x, ++at) {
      const int column = x * depth.width_px / width_px;
      const double value =
          std::clamp(double{depth.values[static_cast<std::size_t>(row) *
                                             static_cast<std::size_t>(depth.width_px) +
                                         static_cast<std::size_t>(column)]},
                     0.0, 1.0);
      const double position = value * (kStops.size() - 1);
      const auto first = std::min(static_cast<std::size_t>(position), kStops.size() - 2);
      const double share = position - static_cast<double>(first);
      for (std::size_t c = 0; c < 3; ++c) {
        picture.planes[c][at] =
            level(kStops[first][c] + share * (kStops[first + 1][c] - kStops[first][c]));
      }
    }
  }
  return picture;
}

}  // namespace streamkit::worker

#include "stereo/sphere_projection.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "stereo/samples.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kOne = 256;

// The position in the frame that a column of the sphere reads, and the scale of its rows: a point
// at azimuth a and elevation e is at tan(a) and tan(e) / cos(a) on a plane at distance 1.
struct Column {
  float x = 0;
  float stretch = 0;
};

double angle(int index, int count) { return ((index + 0.5) / count - 0.5) * std::numbers::pi; }

template <typename Sample>
Sample mean_at(const WritablePlane& from, float x, float y) {
  const int column = static_cast<int>(x);
  const int row = static_cast<int>(y);
  const auto across = static_cast<int>((x - static_cast<float>(column)) * kOne);
  const auto down = static_cast<int>((y - static_cast<float>(row)) * kOne);
  const int right = std::min(column + 1, from.width_px - 1);
  const auto* upper = row_of<Sample>(from, row);
  const auto* lower = row_of<Sample>(from, std::min(row + 1, from.height_px - 1));
  const int top = upper[column] * (256 - across) + upper[right] * across;
  const int bottom = lower[column] * (256 - across) + lower[right] * across;
  return static_cast<Sample>((top * (256 - down) + bottom * down + (1 << 15)) >> 16);
}

template <typename Sample>
void project_plane(const WritablePlane& from, const WritablePlane& to, Sample outside) {
  // The frame covers 90 degrees, so half of its width is at tan(45 degrees) = 1.
  const double focal = from.width_px / 2.0;
  std::vector<Column> columns(static_cast<std::size_t>(to.width_px));
  for (int x = 0; x < to.width_px; ++x) {
    const double azimuth = angle(x, to.width_px);
    columns[static_cast<std::size_t>(x)] = {
        static_cast<float>(std::tan(azimuth) * focal + from.width_px / 2.0 - 0.5),
        static_cast<float>(focal / std::cos(azimuth))};
  }
  const float last_x = static_cast<float>(from.width_px) - 0.5F;
  const float last_y = static_cast<float>(from.height_px) - 0.5F;
  const float middle = static_cast<float>(from.height_px) / 2 - 0.5F;
  for (int y = 0; y < to.height_px; ++y) {
    const auto slope = static_cast<float>(std::tan(angle(y, to.height_px)));
    auto* out = row_of<Sample>(to, y);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const float at_x = columns[x].x;
      const float at_y = slope * columns[x].stretch + middle;
      const bool inside = at_x > -0.5F && at_x < last_x && at_y > -0.5F && at_y < last_y;
      out[x] = inside ? mean_at<Sample>(from, std::max(at_x, 0.0F), std::max(at_y, 0.0F)) : outside;
    }
  }
}

}  // namespace

void project_onto_sphere(const ViewPlanes& view, const VideoFormat& format,
                         const ViewPlanes& place) {
  with_samples(format.pixel_format, [&]<typename Sample>(Sample) {
    for (std::size_t i = 0; i < view.size(); ++i) {
      project_plane(view[i], place[i], i == 0 ? black_of<Sample>(format) : kNeutral<Sample>);
    }
  });
}

}  // namespace streamkit::stereo

#include <algorithm>
#include <streamkit/stereo/depth_upsampling.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kRadius = 2;
constexpr float kEpsilon = 1e-3F;

// The position of a pixel between the centres of two cells.
struct Between {
  int first;
  int second;
  float share;
};

std::vector<Between> places(int pixels, int cells) {
  std::vector<Between> found(static_cast<std::size_t>(pixels));
  for (int i = 0; i < pixels; ++i) {
    const float at =
        (static_cast<float>(i) + 0.5F) * static_cast<float>(cells) / static_cast<float>(pixels) -
        0.5F;
    const int first = std::clamp(static_cast<int>(at), 0, cells - 1);
    const int second = std::min(first + 1, cells - 1);
    found[static_cast<std::size_t>(i)] = {first, second,
                                          std::clamp(at - static_cast<float>(first), 0.0F, 1.0F)};
  }
  return found;
}

float mix(const Grid& grid, const Between& x, const Between& y) {
  const float* above = grid.row(y.first);
  const float* below = grid.row(y.second);
  const float top = above[x.first] + x.share * (above[x.second] - above[x.first]);
  const float bottom = below[x.first] + x.share * (below[x.second] - below[x.first]);
  return top + y.share * (bottom - top);
}

}  // namespace

Result<DepthMap> upsample_depth(const VideoFrame& frame, const DepthMap& depth) {
  if (frame.format.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
  }
  const VideoPlane& luma = frame.planes[0];
  const auto cells =
      static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px);
  if (cells == 0 || depth.values.size() != cells || depth.width_px > luma.width_px ||
      depth.height_px > luma.height_px) {
    return Error{ErrorCode::InvalidArgument, "the depth map does not fit the frame"};
  }
  Grid signal{depth.width_px, depth.height_px, depth.values};
  Grid guide;
  guide.resize(depth.width_px, depth.height_px);
  downsample_mean(luma, guide);
  GuidedFilter filter;
  GuidedModel model;
  filter.fit(signal, guide, kRadius, kEpsilon, model);

  const auto [least, most] = std::minmax_element(depth.values.begin(), depth.values.end());
  const std::vector<Between> columns = places(luma.width_px, depth.width_px);
  const std::vector<Between> rows = places(luma.height_px, depth.height_px);
  DepthMap large{luma.width_px, luma.height_px, {}};
  large.values.reserve(columns.size() * rows.size());
  for (int y = 0; y < luma.height_px; ++y) {
    const Between& row = rows[static_cast<std::size_t>(y)];
    const std::uint8_t* pixels = luma.row(y);
    for (const Between& column : columns) {
      const float brightness = static_cast<float>(*pixels++) / 255.0F;
      const float value =
          mix(model.slope, column, row) * brightness + mix(model.offset, column, row);
      large.values.push_back(std::clamp(value, *least, *most));
    }
  }
  return large;
}

}  // namespace streamkit::stereo

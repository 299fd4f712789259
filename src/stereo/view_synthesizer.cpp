#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <streamkit/stereo/view_synthesizer.hpp>
#include <string>

#include "stereo/disparity_completion.hpp"
#include "stereo/view_warp.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kMostDilation = 16;

Result<void> check(const VideoPlane& picture, const DisparityMap& map,
                   const SynthesisOptions& options) {
  const auto size = [](int width, int height) {
    return std::to_string(width) + "x" + std::to_string(height);
  };
  if (options.edge_dilation_px < 0 || options.edge_dilation_px > kMostDilation) {
    return Error{ErrorCode::InvalidArgument, "edge dilation must be from 0 to 16 (pixels)"};
  }
  if (map.width_px != picture.width_px || map.height_px != picture.height_px) {
    return Error{ErrorCode::InvalidArgument,
                 "the disparity is of " + size(map.width_px, map.height_px) + ", the image of " +
                     size(picture.width_px, picture.height_px)};
  }
  if (map.values.size() !=
      static_cast<std::size_t>(map.width_px) * static_cast<std::size_t>(map.height_px)) {
    return Error{ErrorCode::InvalidArgument, "the disparity's values do not match its size"};
  }
  if (std::none_of(map.values.begin(), map.values.end(), is_known)) {
    return Error{ErrorCode::InvalidArgument, "the disparity has no known value"};
  }
  const auto wide = std::find_if(map.values.begin(), map.values.end(), [&](float value) {
    return std::isfinite(value) && std::abs(value) > static_cast<float>(map.width_px);
  });
  if (wide != map.values.end()) {
    return Error{ErrorCode::InvalidArgument, "a disparity of " + std::to_string(*wide) +
                                                 " pixels is more than the image's " +
                                                 "width; it must be in pixels"};
  }
  return {};
}

}  // namespace

Result<void> synthesize_right_view(const std::array<VideoPlane, 3>& left,
                                   const DisparityMap& disparity, const SynthesisOptions& options,
                                   const std::array<WritablePlane, 3>& right) {
  if (auto checked = check(left[0], disparity, options); !checked) return checked;
  const std::vector<float> known = complete_disparity(left, disparity);
  const auto width = static_cast<std::size_t>(disparity.width_px);
  ViewWarp warp;
  ViewWarp::Scratch memory;
  warp.begin(left, kLayout444, right, Eye::Right, disparity.height_px);
  std::vector<std::int32_t> shifts(width);
  std::vector<std::int32_t> scratch;
  for (int y = 0; y < disparity.height_px; ++y) {
    const float* row = known.data() + static_cast<std::size_t>(y) * width;
    std::transform(row, row + width, shifts.begin(), [](float value) {
      return static_cast<std::int32_t>(std::lround(value * kSubpixel));
    });
    grow_foreground(shifts, options.edge_dilation_px, scratch);
    warp.warp(y, shifts, memory);
  }
  for (int y = 0; y < disparity.height_px; ++y) warp.fill(y, memory);
  return {};
}

}  // namespace streamkit::stereo

#include <streamkit/worker/right_view.hpp>

#include <array>
#include <streamkit/core/text.hpp>
#include <streamkit/media/portable_float_map.hpp>
#include <utility>

namespace streamkit::worker {
namespace {

// The value of one step of a 16-bit image.
constexpr float kPixelsPerStep = 1.0F / 64;

}  // namespace

Result<stereo::DisparityMap> read_disparity(const std::filesystem::path& file) {
  if (equal_ignoring_case(file.extension().string(), ".pfm")) {
    auto map = media::read_float_map(file);
    if (!map) return map.error();
    return stereo::DisparityMap{map->width_px, map->height_px, std::move(map->values)};
  }
  const auto picture = media::read_gray16_picture(file);
  if (!picture) return picture.error();
  stereo::DisparityMap map{picture->width_px, picture->height_px, {}};
  map.values.reserve(picture->values.size());
  for (const std::uint16_t value : picture->values) {
    map.values.push_back(static_cast<float>(value) * kPixelsPerStep);
  }
  return map;
}

Result<media::RgbPicture> render_right_view(const media::RgbPicture& left,
                                            const stereo::DisparityMap& disparity,
                                            const stereo::SynthesisOptions& options) {
  media::RgbPicture right{left.width_px, left.height_px, {}};
  std::array<VideoPlane, 3> from;
  std::array<WritablePlane, 3> to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    right.planes[i].resize(left.planes[i].size());
    from[i] = {left.planes[i].data(), left.width_px, left.width_px, left.height_px};
    to[i] = {right.planes[i].data(), left.width_px, left.width_px, left.height_px};
  }
  if (auto drawn = stereo::synthesize_right_view(from, disparity, options, to); !drawn) {
    return drawn.error();
  }
  return right;
}

}  // namespace streamkit::worker

#include "capture/scene_backdrop.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "capture/scene_noise.hpp"
#include "capture/scene_props.hpp"

namespace streamkit::capture {
namespace {

constexpr int kCloudsLog2 = 9;
constexpr int kRidgeLog2 = 11;
// The number of the ridge's widest waves around the whole horizon, as a power of two.
constexpr int kWidestWaveLog2 = 5;
constexpr int kHillTonesLog2 = 9;

struct SkyStop {
  double height;  // 0 at the horizon, 1 at the top of a 16:9 frame
  Rgb color;
};

constexpr std::array kSkyStops = {
    SkyStop{0.00, {255, 218, 160}}, SkyStop{0.14, {252, 200, 156}}, SkyStop{0.36, {220, 178, 170}},
    SkyStop{0.66, {150, 152, 180}}, SkyStop{1.00, {92, 118, 166}},
};

Rgb gradient(double height) {
  std::size_t i = 1;
  while (i + 1 < kSkyStops.size() && height > kSkyStops[i].height) ++i;
  const SkyStop& low = kSkyStops[i - 1];
  const SkyStop& high = kSkyStops[i];
  const double t = std::clamp((height - low.height) / (high.height - low.height), 0.0, 1.0);
  return blend(low.color, high.color, t);
}

class SkyColors {
 public:
  SkyColors(const View& view, std::uint64_t seed)
      : view_(view), clouds_(tileable_noise(kCloudsLog2, kCloudsLog2, 4, 5, 0.55, seed)) {}

  [[nodiscard]] Rgb at(double x, double y) const {
    const double up = (view_.horizon_px - y) / view_.focal_px;  // tangent of the elevation
    const double side = (x - view_.center_px) / view_.focal_px;
    const double height = std::max(up / (kHorizonShare * 9 / 16 / kFocalShare), 0.0);
    Rgb color = gradient(height);
    // The sun is just outside the left edge of the frame.
    const double away = std::hypot((side + 0.95) / 0.75, height / 0.75);
    color = blend(color, {255, 240, 196}, 0.80 * std::exp(-away * away));
    const double cloud = cloud_at(side, up) * std::clamp(height * 5, 0.0, 1.0);
    const Rgb lit = blend({255, 224, 186}, {226, 176, 168}, std::clamp(height * 1.1, 0.0, 1.0));
    return blend(color, lit, 0.62 * cloud);
  }

 private:
  // The clouds are on a plane high above the ground, so that they look flatter towards the horizon.
  [[nodiscard]] double cloud_at(double side, double up) const {
    constexpr int kMask = (1 << kCloudsLog2) - 1;
    const double far = 1 / (std::max(up, 0.0) + 0.09);
    // The noise is rotated, so that its grid is not aligned with the frame.
    const double u = far * (side * 30 + 26) + 4096;
    const double v = far * (54 - side * 17) + 4096;
    const auto cloud = [&](int x, int y) {
      return clouds_[static_cast<std::size_t>(((y & kMask) << kCloudsLog2) + (x & kMask))];
    };
    const int x = static_cast<int>(u);
    const int y = static_cast<int>(v);
    const double tx = u - x;
    const double ty = v - y;
    const double upper = cloud(x, y) + (cloud(x + 1, y) - cloud(x, y)) * tx;
    const double lower = cloud(x, y + 1) + (cloud(x + 1, y + 1) - cloud(x, y + 1)) * tx;
    const double t = std::clamp((upper + (lower - upper) * ty + 0.02) / 0.42, 0.0, 1.0);
    return t * t * (3 - 2 * t);
  }

  View view_;
  std::vector<float> clouds_;
};

}  // namespace

Sky::Sky(const View& view, int rows, std::uint64_t seed) : rows_(rows) {
  const auto width = static_cast<std::size_t>(view.width_px);
  const auto height = static_cast<std::size_t>(rows);
  planes_[0].resize(width * height);
  planes_[1].resize(width * height / 4);
  planes_[2].resize(width * height / 4);
  const SkyColors colors(view, seed);
  // Dithering prevents visible bands in the gradient, which eight bits alone would show.
  Dice dice(seed + 1);
  const auto rounded = [&](double value) { return static_cast<std::uint8_t>(value + dice.roll()); };
  for (std::size_t y = 0; y < height; y += 2) {
    for (std::size_t x = 0; x < width; x += 2) {
      const Yuv color = to_yuv(colors.at(static_cast<double>(x) + 1, static_cast<double>(y) + 1));
      std::uint8_t* luma = &planes_[0][y * width + x];
      for (std::uint8_t* texel : {luma, luma + 1, luma + width, luma + width + 1}) {
        *texel = rounded(color.y);
      }
      planes_[1][y / 2 * width / 2 + x / 2] = rounded(color.u);
      planes_[2][y / 2 * width / 2 + x / 2] = rounded(color.v);
    }
  }
}

void Sky::paint(const WritableFrame& frame) const {
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    const auto width = static_cast<std::size_t>(plane.width_px);
    const std::uint8_t* from = planes_[static_cast<std::size_t>(p)].data();
    for (int y = 0; y < (p == 0 ? rows_ : rows_ / 2); ++y, from += width) {
      std::memcpy(plane.row(y), from, width);
    }
  }
}

Hills::Hills(const View& view, const Look& look, std::uint64_t seed)
    : view_(view),
      look_(look),
      end_row_(std::clamp(static_cast<int>(std::ceil(view.y_of(0, look.z_m))), 0, view.height_px)),
      heights_(tileable_noise(kRidgeLog2, 0, kWidestWaveLog2, 6, look.roughness, seed)),
      palette_(make_palette(look.material, 1, kHaze, 0)) {
  for (float& height : heights_) {
    height = static_cast<float>(look.height_m + 2.2 * look.swing_m * height);
  }
  std::vector<float> tones = tileable_noise(kHillTonesLog2, kHillTonesLog2, 5, 5, 0.8, seed + 1);
  for (float& tone : tones) tone = 128 + 150 * tone;
  tones_ = ToneMap(kHillTonesLog2, kHillTonesLog2, tones);
}

std::vector<float> Hills::ridge(const CameraPosition& camera) const {
  const auto size = static_cast<double>(heights_.size());
  std::vector<float> tops(static_cast<std::size_t>(view_.width_px));
  const double shift = std::fmod(camera.x_m / look_.pitch_m, size) + size;
  for (std::size_t x = 0; x < tops.size(); ++x) {
    const double side_m =
        (static_cast<double>(x) + 0.5 - view_.center_px) * look_.z_m / view_.focal_px;
    const double point = shift + side_m / look_.pitch_m + size;
    const auto i = static_cast<std::size_t>(point);
    const auto t = static_cast<float>(point - std::floor(point));
    const float left = heights_[i % heights_.size()];
    const float right = heights_[(i + 1) % heights_.size()];
    tops[x] = static_cast<float>(view_.y_of(left + (right - left) * t, look_.z_m));
  }
  return tops;
}

void Hills::paint(const CameraPosition& camera, const WritableFrame& frame) const {
  const std::vector<float> tops = ridge(camera);
  const float highest = *std::min_element(tops.begin(), tops.end());
  const int width = view_.width_px;
  std::vector<std::uint8_t> tones(tops.size());
  std::vector<std::uint8_t> line;
  // There are two texels per point of the ridge, and they are wider than high, because distant
  // slopes look flat.
  const double texels_per_px = 2 * look_.z_m / view_.focal_px / look_.pitch_m;
  const ToneMap::Level level = tones_.level(0, 0);
  const double u = std::fmod(2 * camera.x_m / look_.pitch_m, tones_.width()) +
                   (0.5 - view_.center_px) * texels_per_px;
  for (int y = std::max(static_cast<int>(highest), 0) & ~1; y < end_row_; ++y) {
    mix_rows(level, (y - view_.horizon_px) * 2.5 * texels_per_px, line);
    sample_line(line, u, texels_per_px, width, tones.data());
    std::uint8_t* luma = frame.plane(0).row(y);
    const auto cover_at = [&](std::size_t x) {
      return static_cast<int>(std::clamp(static_cast<float>(y + 1) - tops[x], 0.0F, 1.0F) * 256);
    };
    for (std::size_t x = 0; x < tops.size(); ++x) {
      luma[x] = static_cast<std::uint8_t>(luma[x] +
                                          (((palette_.y[tones[x]] - luma[x]) * cover_at(x)) >> 8));
    }
    if (y % 2 == 0) continue;
    std::uint8_t* row_u = frame.plane(1).row(y / 2);
    std::uint8_t* row_v = frame.plane(2).row(y / 2);
    for (std::size_t x = 0; x < tops.size() / 2; ++x) {
      const int cover = cover_at(2 * x);
      const std::uint8_t tone = tones[2 * x];
      row_u[x] =
          static_cast<std::uint8_t>(row_u[x] + (((palette_.u[tone] - row_u[x]) * cover) >> 8));
      row_v[x] =
          static_cast<std::uint8_t>(row_v[x] + (((palette_.v[tone] - row_v[x]) * cover) >> 8));
    }
  }
}

void Hills::paint_depth(const CameraPosition& camera, DepthMap& depth) const {
  const std::vector<float> tops = ridge(camera);
  const auto width = static_cast<std::size_t>(depth.width_px);
  const auto value = static_cast<float>(kNearestM / look_.z_m);
  for (int y = 0; y < end_row_; ++y) {
    float* row = &depth.values[static_cast<std::size_t>(y) * width];
    for (std::size_t x = 0; x < width; ++x) {
      if (tops[x] <= static_cast<float>(y) + 0.5F) row[x] = value;
    }
  }
}

}  // namespace streamkit::capture

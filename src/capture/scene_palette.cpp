#include "capture/scene_palette.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace streamkit::capture {

Rgb blend(const Rgb& from, const Rgb& to, double share) {
  return {from.red + (to.red - from.red) * share, from.green + (to.green - from.green) * share,
          from.blue + (to.blue - from.blue) * share};
}

Yuv to_yuv(const Rgb& color) {
  // Source: ITU-R BT.709-6, 3.2 and 3.4.
  const double luma = (0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue) / 255;
  const double blue = (color.blue / 255 - luma) / 1.8556;
  const double red = (color.red / 255 - luma) / 1.5748;
  return {16 + 219 * luma, 128 + 224 * blue, 128 + 224 * red};
}

Palette make_palette(const Material& material, double light, const Rgb& haze, double haze_share) {
  const Yuv shade = to_yuv(blend(material.shade, haze, haze_share));
  const Yuv half = to_yuv(blend(material.half, haze, haze_share));
  const Yuv lit = to_yuv(blend(material.lit, haze, haze_share));
  Palette palette;
  for (std::size_t i = 0; i < palette.y.size(); ++i) {
    const double tone = std::min(static_cast<double>(i) * light / 127.5, 2.0);
    const bool dark = tone < 1;
    const Yuv& from = dark ? shade : half;
    const Yuv& to = dark ? half : lit;
    const double share = dark ? tone : tone - 1;
    const auto value = [share](double a, double b) {
      return static_cast<std::uint8_t>(a + (b - a) * share + 0.5);
    };
    palette.y[i] = value(from.y, to.y);
    palette.u[i] = value(from.u, to.u);
    palette.v[i] = value(from.v, to.v);
  }
  return palette;
}

double haze_share(double z_m) { return 0.88 * (1 - std::exp(-z_m / 85)); }

}  // namespace streamkit::capture

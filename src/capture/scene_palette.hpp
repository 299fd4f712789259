#pragma once

#include <array>
#include <cstdint>

namespace streamkit::capture {

/// Gamma-coded, 0 to 255.
struct Rgb {
  double red;
  double green;
  double blue;
};

[[nodiscard]] Rgb blend(const Rgb& from, const Rgb& to, double share);

/// BT.709, limited range.
struct Yuv {
  double y;
  double u;
  double v;
};

[[nodiscard]] Yuv to_yuv(const Rgb& color);

/// What a material looks like in shade, in half light and in full light.
struct Material {
  Rgb shade;
  Rgb half;
  Rgb lit;
};

/// A material's tones as picture values, seen through some haze.
struct Palette {
  std::array<std::uint8_t, 256> y;
  std::array<std::uint8_t, 256> u;
  std::array<std::uint8_t, 256> v;
};

/// `light` scales the tones: 1 as painted, less for a face that is turned away from the sun.
[[nodiscard]] Palette make_palette(const Material& material, double light, const Rgb& haze,
                                   double haze_share);

/// How much of what stands `z_m` away is lost in the haze, 0 to 1.
[[nodiscard]] double haze_share(double z_m);

}  // namespace streamkit::capture

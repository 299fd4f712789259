#pragma once

#include <array>
#include <cstdint>

namespace streamkit::capture {

/// A gamma-coded colour, from 0 to 255.
struct Rgb {
  double red;
  double green;
  double blue;
};

[[nodiscard]] Rgb blend(const Rgb& from, const Rgb& to, double share);

/// A colour in BT.709, limited range.
struct Yuv {
  double y;
  double u;
  double v;
};

[[nodiscard]] Yuv to_yuv(const Rgb& color);

/// The colours of a material in shade, in half light and in full light.
struct Material {
  Rgb shade;
  Rgb half;
  Rgb lit;
};

/// The pixel values of a material's tones, seen through some haze.
struct Palette {
  std::array<std::uint8_t, 256> y;
  std::array<std::uint8_t, 256> u;
  std::array<std::uint8_t, 256> v;
};

/// Returns the palette of a material. `light` scales the tones: 1 leaves them as they are, a
/// smaller value is for a face that is turned away from the sun.
[[nodiscard]] Palette make_palette(const Material& material, double light, const Rgb& haze,
                                   double haze_share);

/// Returns from 0 to 1 how much the haze hides of what is `z_m` away.
[[nodiscard]] double haze_share(double z_m);

}  // namespace streamkit::capture

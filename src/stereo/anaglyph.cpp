#include "stereo/anaglyph.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// The rows are red, green and blue of the anaglyph. The columns are red, green and blue of the left
// view, then of the right view.
struct Mixture {
  float share[3][6];
  // True if linear light is mixed, false if gamma-coded values are.
  bool of_light;
};

constexpr Mixture kColor = {{{1, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 1}}, false};
constexpr Mixture kHalfColor = {
    {{0.299F, 0.587F, 0.114F, 0, 0, 0}, {0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 1}}, false};
constexpr Mixture kGray = {{{0.299F, 0.587F, 0.114F, 0, 0, 0},
                            {0, 0, 0, 0.299F, 0.587F, 0.114F},
                            {0, 0, 0, 0.299F, 0.587F, 0.114F}},
                           false};
constexpr Mixture kWimmer = {{{0, 0.7F, 0.3F, 0, 0, 0}, {0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 1}},
                             false};
constexpr Mixture kDubois = {
    {{0.4561F, 0.500484F, 0.176381F, -0.0434706F, -0.0879388F, -0.00155529F},
     {-0.0400822F, -0.0378246F, -0.0157589F, 0.378476F, 0.73364F, -0.0184503F},
     {-0.0152161F, -0.0205971F, -0.00546856F, -0.0721527F, -0.112961F, 1.2264F}},
    true};

const Mixture* mixture_of(StereoMode mode) {
  switch (mode) {
    case StereoMode::AnaglyphColor:
      return &kColor;
    case StereoMode::AnaglyphHalfColor:
      return &kHalfColor;
    case StereoMode::AnaglyphGray:
      return &kGray;
    case StereoMode::AnaglyphWimmer:
      return &kWimmer;
    case StereoMode::AnaglyphDubois:
      return &kDubois;
    default:
      return nullptr;
  }
}

// Constants for converting Y'CbCr to R'G'B' from 0 to 1, and back. Source: ITU-R BT.601-7 and
// BT.709-6, section 3.
struct Colors {
  explicit Colors(const VideoFormat& format) {
    const bool bt709 = format.matrix == ColorMatrix::Bt709;
    red_weight = bt709 ? 0.2126F : 0.299F;
    blue_weight = bt709 ? 0.0722F : 0.114F;
    green_weight = 1.0F - red_weight - blue_weight;
    const bool full = format.range == ColorRange::Full;
    luma_scale = full ? 255.0F : 219.0F;
    luma_offset = full ? 0.0F : 16.0F;
    chroma_scale = full ? 255.0F : 224.0F;
  }

  float red_weight, green_weight, blue_weight;
  float luma_scale, luma_offset, chroma_scale;
};

// What chroma adds to red, green and blue, for each luma column of one row.
struct ChromaRow {
  std::vector<float> red, green, blue;

  void load(const ViewPlanes& view, int y, const Colors& colors) {
    const auto width = static_cast<std::size_t>(view[0].width_px);
    const std::size_t doubled = width + width % 2;
    red.resize(doubled);
    green.resize(doubled);
    blue.resize(doubled);
    spread(view[1].row(y), view[2].row(y), doubled / 2, colors);
  }

 private:
  STREAMKIT_SIMD_CLONES void spread(const std::uint8_t* u, const std::uint8_t* v, std::size_t width,
                                    const Colors& colors) {
    const float to_blue = 2.0F * (1.0F - colors.blue_weight) / colors.chroma_scale;
    const float to_red = 2.0F * (1.0F - colors.red_weight) / colors.chroma_scale;
    const float red_to_green = -colors.red_weight / colors.green_weight;
    const float blue_to_green = -colors.blue_weight / colors.green_weight;
    float* __restrict r = red.data();
    float* __restrict g = green.data();
    float* __restrict b = blue.data();
    for (std::size_t x = 0; x < width; ++x) {
      const float blue_part = static_cast<float>(int{u[x]} - 128) * to_blue;
      const float red_part = static_cast<float>(int{v[x]} - 128) * to_red;
      const float green_part = red_to_green * red_part + blue_to_green * blue_part;
      b[2 * x] = b[2 * x + 1] = blue_part;
      r[2 * x] = r[2 * x + 1] = red_part;
      g[2 * x] = g[2 * x + 1] = green_part;
    }
  }
};

STREAMKIT_INLINE float unit(float value) { return std::min(std::max(value, 0.0F), 1.0F); }
template <bool OfLight>
STREAMKIT_INLINE float decoded(float value) {
  return OfLight ? unit(value) * unit(value) : unit(value);
}
template <bool OfLight>
STREAMKIT_INLINE float encoded(float value) {
  return OfLight ? std::sqrt(unit(value)) : unit(value);
}
STREAMKIT_INLINE std::uint8_t byte(float value) {
  return static_cast<std::uint8_t>(
      static_cast<int>(std::min(std::max(value, 0.0F), 255.0F) + 0.5F));
}

struct RowOfViews {
  const std::uint8_t* left;
  const std::uint8_t* right;
  const ChromaRow& left_chroma;
  const ChromaRow& right_chroma;
  std::size_t width;
};

// Writes a luma row, and adds B' - Y' and R' - Y' of the row to `blue` and `red`.
template <bool OfLight>
STREAMKIT_INLINE void mix_pixels(const RowOfViews& row, const Mixture& mixture,
                                 const Colors& colors, std::uint8_t* __restrict out,
                                 float* __restrict blue, float* __restrict red) {
  const std::uint8_t* __restrict left = row.left;
  const std::uint8_t* __restrict right = row.right;
  const float* __restrict lr = row.left_chroma.red.data();
  const float* __restrict lg = row.left_chroma.green.data();
  const float* __restrict lb = row.left_chroma.blue.data();
  const float* __restrict rr = row.right_chroma.red.data();
  const float* __restrict rg = row.right_chroma.green.data();
  const float* __restrict rb = row.right_chroma.blue.data();
  const Mixture m = mixture;
  const Colors c = colors;
  const float scale = 1.0F / c.luma_scale;
  const float offset = -c.luma_offset * scale;
  for (std::size_t x = 0; x < row.width; ++x) {
    const float left_luma = static_cast<float>(left[x]) * scale + offset;
    const float right_luma = static_cast<float>(right[x]) * scale + offset;
    const float in[6] = {
        decoded<OfLight>(left_luma + lr[x]),  decoded<OfLight>(left_luma + lg[x]),
        decoded<OfLight>(left_luma + lb[x]),  decoded<OfLight>(right_luma + rr[x]),
        decoded<OfLight>(right_luma + rg[x]), decoded<OfLight>(right_luma + rb[x])};
    float mixed[3];
    for (int i = 0; i < 3; ++i) {
      mixed[i] =
          encoded<OfLight>(m.share[i][0] * in[0] + m.share[i][1] * in[1] + m.share[i][2] * in[2] +
                           m.share[i][3] * in[3] + m.share[i][4] * in[4] + m.share[i][5] * in[5]);
    }
    const float luma =
        c.red_weight * mixed[0] + c.green_weight * mixed[1] + c.blue_weight * mixed[2];
    out[x] = byte(luma * c.luma_scale + c.luma_offset);
    blue[x] += mixed[2] - luma;
    red[x] += mixed[0] - luma;
  }
}

STREAMKIT_SIMD_CLONES void mix_row(const RowOfViews& row, const Mixture& mixture,
                                   const Colors& colors, std::uint8_t* out, float* blue,
                                   float* red) {
  if (mixture.of_light) {
    mix_pixels<true>(row, mixture, colors, out, blue, red);
  } else {
    mix_pixels<false>(row, mixture, colors, out, blue, red);
  }
}

// Writes the means, over two columns and `rows` rows, of the sums that mix_row() collected.
STREAMKIT_SIMD_CLONES void write_chroma(const float* __restrict sums, std::size_t width, int rows,
                                        float scale, std::uint8_t* __restrict out) {
  const float share = scale / static_cast<float>(2 * rows);
  for (std::size_t x = 0; x < width / 2; ++x) {
    out[x] = byte((sums[2 * x] + sums[2 * x + 1]) * share + 128.0F);
  }
  if (width % 2 != 0) out[width / 2] = byte(2.0F * sums[width - 1] * share + 128.0F);
}

}  // namespace

bool is_anaglyph(StereoMode mode) { return mixture_of(mode) != nullptr; }

void mix_anaglyph(StereoMode mode, const ViewPlanes& left, const ViewPlanes& right,
                  const WritableFrame& out) {
  const Mixture& mixture = *mixture_of(mode);
  const Colors colors(out.format());
  const int height = out.format().height_px;
  const auto width = static_cast<std::size_t>(out.format().width_px);
  const float to_u = colors.chroma_scale / (2.0F * (1.0F - colors.blue_weight));
  const float to_v = colors.chroma_scale / (2.0F * (1.0F - colors.red_weight));
  ChromaRow left_chroma;
  ChromaRow right_chroma;
  std::vector<float> blue;
  std::vector<float> red;
  for (int y = 0; y < height; y += 2) {
    left_chroma.load(left, y / 2, colors);
    right_chroma.load(right, y / 2, colors);
    blue.assign(width, 0.0F);
    red.assign(width, 0.0F);
    const int rows = std::min(2, height - y);
    for (int row = y; row < y + rows; ++row) {
      const RowOfViews views{left[0].row(row), right[0].row(row), left_chroma, right_chroma, width};
      mix_row(views, mixture, colors, out.plane(0).row(row), blue.data(), red.data());
    }
    write_chroma(blue.data(), width, rows, to_u, out.plane(1).row(y / 2));
    write_chroma(red.data(), width, rows, to_v, out.plane(2).row(y / 2));
  }
}

}  // namespace streamkit::stereo

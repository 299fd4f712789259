#include "stereo/dubois_anaglyph.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace streamkit::stereo {
namespace {

// Rows: red, green, blue of the anaglyph. Columns: red, green, blue of the left, then right view.
constexpr float kDubois[3][6] = {
    {0.4561F, 0.500484F, 0.176381F, -0.0434706F, -0.0879388F, -0.00155529F},
    {-0.0400822F, -0.0378246F, -0.0157589F, 0.378476F, 0.73364F, -0.0184503F},
    {-0.0152161F, -0.0205971F, -0.00546856F, -0.0721527F, -0.112961F, 1.2264F}};

// Y'CbCr to and from R'G'B' of 0 to 1. Source: ITU-R BT.601-7 and BT.709-6, section 3.
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

// What chroma adds to red, green and blue, once per luma column.
struct ChromaRow {
  std::vector<float> red, green, blue;

  void load(const ViewPlanes& view, int y, const Colors& colors) {
    const auto width = static_cast<std::size_t>(view[0].width_px);
    red.resize(width);
    green.resize(width);
    blue.resize(width);
    const std::uint8_t* u = view[1].row(y);
    const std::uint8_t* v = view[2].row(y);
    const float to_blue = 2.0F * (1.0F - colors.blue_weight) / colors.chroma_scale;
    const float to_red = 2.0F * (1.0F - colors.red_weight) / colors.chroma_scale;
    for (std::size_t x = 0; x < width; ++x) {
      blue[x] = static_cast<float>(int{u[x / 2]} - 128) * to_blue;
      red[x] = static_cast<float>(int{v[x / 2]} - 128) * to_red;
      green[x] = -(colors.red_weight * red[x] + colors.blue_weight * blue[x]) / colors.green_weight;
    }
  }
};

inline float unit(float value) { return std::min(std::max(value, 0.0F), 1.0F); }
inline float linear(float value) { return unit(value) * unit(value); }
inline float encoded(float value) { return std::sqrt(unit(value)); }
inline std::uint8_t byte(float value) {
  return static_cast<std::uint8_t>(
      static_cast<int>(std::min(std::max(value, 0.0F), 255.0F) + 0.5F));
}

// Writes a luma row; adds the row's B' - Y' and R' - Y' to `blue` and `red`.
void mix_row(const std::uint8_t* __restrict left, const std::uint8_t* __restrict right,
             const ChromaRow& left_chroma, const ChromaRow& right_chroma, const Colors& colors,
             std::size_t width, std::uint8_t* __restrict out, float* __restrict blue,
             float* __restrict red) {
  const float* __restrict lr = left_chroma.red.data();
  const float* __restrict lg = left_chroma.green.data();
  const float* __restrict lb = left_chroma.blue.data();
  const float* __restrict rr = right_chroma.red.data();
  const float* __restrict rg = right_chroma.green.data();
  const float* __restrict rb = right_chroma.blue.data();
  const float scale = 1.0F / colors.luma_scale;
  const float offset = -colors.luma_offset * scale;
  for (std::size_t x = 0; x < width; ++x) {
    const float left_luma = static_cast<float>(left[x]) * scale + offset;
    const float right_luma = static_cast<float>(right[x]) * scale + offset;
    const float in[6] = {linear(left_luma + lr[x]),  linear(left_luma + lg[x]),
                         linear(left_luma + lb[x]),  linear(right_luma + rr[x]),
                         linear(right_luma + rg[x]), linear(right_luma + rb[x])};
    float mixed[3];
    for (int i = 0; i < 3; ++i) {
      mixed[i] = encoded(kDubois[i][0] * in[0] + kDubois[i][1] * in[1] + kDubois[i][2] * in[2] +
                         kDubois[i][3] * in[3] + kDubois[i][4] * in[4] + kDubois[i][5] * in[5]);
    }
    const float luma = colors.red_weight * mixed[0] + colors.green_weight * mixed[1] +
                       colors.blue_weight * mixed[2];
    out[x] = byte(luma * colors.luma_scale + colors.luma_offset);
    blue[x] += mixed[2] - luma;
    red[x] += mixed[0] - luma;
  }
}

// Means over two columns and `rows` rows of what mix_row() added up.
void write_chroma(const std::vector<float>& sums, int rows, float scale, std::uint8_t* out) {
  const std::size_t width = sums.size();
  const float share = scale / static_cast<float>(2 * rows);
  for (std::size_t x = 0; x < width / 2; ++x) {
    out[x] = byte((sums[2 * x] + sums[2 * x + 1]) * share + 128.0F);
  }
  if (width % 2 != 0) out[width / 2] = byte(2.0F * sums[width - 1] * share + 128.0F);
}

}  // namespace

void mix_dubois(const ViewPlanes& left, const ViewPlanes& right, const WritableFrame& out) {
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
      mix_row(left[0].row(row), right[0].row(row), left_chroma, right_chroma, colors, width,
              out.plane(0).row(row), blue.data(), red.data());
    }
    write_chroma(blue, rows, to_u, out.plane(1).row(y / 2));
    write_chroma(red, rows, to_v, out.plane(2).row(y / 2));
  }
}

}  // namespace streamkit::stereo

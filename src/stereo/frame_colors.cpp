#include "stereo/frame_colors.hpp"

#include <algorithm>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Shares of a sample add up to this. Twice of them and 8 bits of a sample fit into 32 bits.
constexpr int kShareBits = 12;
constexpr int kWhole = 1 << kShareBits;
// Fractional bits of a resampled value.
constexpr int kValueBits = 4;
constexpr int kRowShift = 2 * kShareBits - kValueBits;

// The samples that form one of another size.
struct Tap {
  int first = 0;
  std::vector<std::uint32_t> shares = {};
};

// A sample becomes smaller: from the shares of the area it covers. Larger: from the two beside it.
std::vector<Tap> taps_of(int from, int to) {
  std::vector<Tap> taps(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    Tap& tap = taps[static_cast<std::size_t>(i)];
    if (from > to) {
      // In parts of 1 / to of a sample.
      const std::int64_t begin = std::int64_t{i} * from;
      const std::int64_t end = begin + from;
      tap.first = static_cast<int>(begin / to);
      std::int64_t before = 0;
      for (std::int64_t at = tap.first; at * to < end; ++at) {
        const std::int64_t covered = std::min((at + 1) * to, end) - begin;
        const std::int64_t until = (covered * 2 * kWhole + from) / (2 * from);
        tap.shares.push_back(static_cast<std::uint32_t>(until - before));
        before = until;
      }
    } else {
      const std::int64_t center = std::clamp(std::int64_t{2 * i + 1} * from - to, std::int64_t{0},
                                             std::int64_t{from - 1} * 2 * to);
      tap.first = static_cast<int>(center / (2 * to));
      const auto second = static_cast<std::uint32_t>(center % (2 * to) * kWhole / (2 * to));
      tap.shares.push_back(kWhole - second);
      if (second > 0) tap.shares.push_back(second);
    }
  }
  return taps;
}

STREAMKIT_SIMD_CLONES void add_row(const std::uint8_t* __restrict from, std::uint32_t share,
                                   int count, std::uint32_t* __restrict sums) {
  for (int x = 0; x < count; ++x) sums[x] += share * from[x];
}

// Y'CbCr of 8 bits to R'G'B', times 2^13. Source: ITU-R BT.601-7 and BT.709-6, section 3.
struct ColorConversion {
  int luma_offset, luma, v_to_red, u_to_green, v_to_green, u_to_blue;
};

constexpr int kColorBits = 13;

constexpr ColorConversion conversion(ColorMatrix matrix, ColorRange range) {
  const double red = matrix == ColorMatrix::Bt709 ? 0.2126 : 0.299;
  const double blue = matrix == ColorMatrix::Bt709 ? 0.0722 : 0.114;
  const double green = 1 - red - blue;
  const bool full = range == ColorRange::Full;
  const double one = 1 << kColorBits;
  const double chroma = one * 2 * 255 / (full ? 255 : 224);
  const auto rounded = [](double value) {
    return static_cast<int>(value < 0 ? value - 0.5 : value + 0.5);
  };
  return {full ? 0 : 16,
          rounded(one * 255 / (full ? 255 : 219)),
          rounded(chroma * (1 - red)),
          rounded(-chroma * (1 - blue) * blue / green),
          rounded(-chroma * (1 - red) * red / green),
          rounded(chroma * (1 - blue))};
}

constexpr ColorConversion kConversions[2][2] = {
    {conversion(ColorMatrix::Bt601, ColorRange::Limited),
     conversion(ColorMatrix::Bt601, ColorRange::Full)},
    {conversion(ColorMatrix::Bt709, ColorRange::Limited),
     conversion(ColorMatrix::Bt709, ColorRange::Full)}};

std::uint8_t to_color(int value) {
  constexpr int kShift = kColorBits + kValueBits;
  return static_cast<std::uint8_t>(std::clamp((value + (1 << (kShift - 1))) >> kShift, 0, 255));
}

}  // namespace

void FrameColors::resample(const VideoPlane& plane, const FrameArea& area, const ColorPicture& size,
                           std::vector<std::uint16_t>& out) {
  const auto columns = taps_of(area.width, size.width);
  const auto rows = taps_of(area.height, size.height);
  out.clear();
  for (const Tap& row : rows) {
    row_.assign(static_cast<std::size_t>(area.width), 0);
    int y = area.top + row.first;
    for (const std::uint32_t share : row.shares) {
      add_row(plane.row(y++) + area.left, share, area.width, row_.data());
    }
    for (const Tap& column : columns) {
      std::uint32_t sum = 1U << (kRowShift - 1);
      const std::uint32_t* from = row_.data() + column.first;
      for (const std::uint32_t share : column.shares) sum += share * *from++;
      out.push_back(static_cast<std::uint16_t>(sum >> kRowShift));
    }
  }
}

void FrameColors::read(const VideoFrame& frame, const FrameArea& area, ColorPicture& out) {
  const FrameArea chroma{area.left / 2, area.top / 2, (area.width + 1) / 2, (area.height + 1) / 2};
  for (std::size_t p = 0; p < 3; ++p) {
    resample(frame.planes[p], p == 0 ? area : chroma, out, planes_[p]);
  }
  const ColorConversion& by = kConversions[frame.format.matrix == ColorMatrix::Bt709 ? 1 : 0]
                                          [frame.format.range == ColorRange::Full ? 1 : 0];
  out.values.resize(3 * planes_[0].size());
  std::uint8_t* to = out.values.data();
  for (std::size_t i = 0; i < planes_[0].size(); ++i) {
    const int luma = by.luma * (planes_[0][i] - (by.luma_offset << kValueBits));
    const int u = planes_[1][i] - (128 << kValueBits);
    const int v = planes_[2][i] - (128 << kValueBits);
    *to++ = to_color(luma + by.v_to_red * v);
    *to++ = to_color(luma + by.u_to_green * u + by.v_to_green * v);
    *to++ = to_color(luma + by.u_to_blue * u);
  }
}

}  // namespace streamkit::stereo

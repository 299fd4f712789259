#include "stereo/black_bars.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Luma above black from which on a pixel is not black, where noise and ringing end.
constexpr int kLit = 8;
// The share of a bar's line that may be lit, by a logo or a caption, in percent; the same on
// average of the bar; and of the lines next to it the share that has to be.
constexpr int kMostLitInBar = 25;
constexpr int kMostLitOnAverage = 8;
constexpr int kLeastLitBeside = 50;
// The number of lines next to a bar, of which one has to be lit: its edge may be soft.
constexpr int kBeside = 4;
constexpr int kLeastBar = 2;
// A bar's part of the frame is at most 2 / 5, and the other bar at most twice as large.
constexpr int kMostOfFrame = 5;
// Of the rows that columns are judged by, each n-th is read.
constexpr int kRowStep = 4;

STREAMKIT_SIMD_CLONES int count_lit(const std::uint8_t* __restrict row, int width, int least) {
  int lit = 0;
  for (int x = 0; x < width; ++x) lit += row[x] >= least ? 1 : 0;
  return lit;
}

STREAMKIT_SIMD_CLONES void count_columns(const std::uint8_t* __restrict row, int width, int least,
                                         std::uint16_t* __restrict counts) {
  for (int x = 0; x < width; ++x) {
    counts[x] = static_cast<std::uint16_t>(counts[x] + (row[x] >= least ? 1 : 0));
  }
}

struct Span {
  int begin, end;
};

// The length of the bar that begins with line 0, where `lit(line)` is the lit percent of it; 0 for
// none.
template <typename Lit>
int bar_length(int lines, Lit lit) {
  const int most = 2 * lines / kMostOfFrame;
  int length = 0;
  int sum = 0;
  for (; length < lines && lit(length) <= kMostLitInBar; ++length) {
    if (length == most) return 0;
    sum += lit(length);
  }
  if (length < kLeastBar || sum > kMostLitOnAverage * length) return 0;
  for (int i = length; i < std::min(length + kBeside, lines); ++i) {
    if (lit(i) >= kLeastLitBeside) return length;
  }
  return 0;
}

// What is between two bars of `lines`, or all.
template <typename Lit>
Span between_bars(int lines, Lit lit) {
  const int first = bar_length(lines, lit);
  if (first == 0) return {0, lines};
  const int last = bar_length(lines, [&](int line) { return lit(lines - 1 - line); });
  if (last == 0 || std::max(first, last) > 2 * std::min(first, last)) return {0, lines};
  // Inwards to whole samples of chroma.
  const Span span{first + first % 2, lines - last - (lines - last) % 2};
  return span.end - span.begin < 2 ? Span{0, lines} : span;
}

}  // namespace

FrameArea area_within_bars(const VideoFrame& frame) {
  const VideoPlane& luma = frame.planes[0];
  const int least = (frame.format.range == ColorRange::Full ? 0 : 16) + kLit;
  const int width = luma.width_px;
  const Span rows = between_bars(
      luma.height_px, [&](int y) { return 100 * count_lit(luma.row(y), width, least) / width; });
  std::vector<std::uint16_t> counts(static_cast<std::size_t>(width), 0);
  int read = 0;
  for (int y = rows.begin; y < rows.end; y += kRowStep, ++read) {
    count_columns(luma.row(y), width, least, counts.data());
  }
  const Span columns =
      between_bars(width, [&](int x) { return 100 * counts[static_cast<std::size_t>(x)] / read; });
  return {columns.begin, rows.begin, columns.end - columns.begin, rows.end - rows.begin};
}

}  // namespace streamkit::stereo

#include "capture/scene_overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <streamkit/capture/generated_source.hpp>
#include <string>
#include <string_view>

#include "capture/scene_noise.hpp"

namespace streamkit::capture {
namespace {

// All lengths are in blocks of the tag. A block is 1/45 of the frame's height: 16 pixels at 720
// lines.
constexpr double kBlocksPerHeight = 45;
constexpr int kSmallestHeight = 90;
constexpr int kColumns = 8;
constexpr int kRows = 4;
constexpr double kTagLeft = 1;
constexpr double kTagTop = 1;
constexpr double kMargin = 0.5;
constexpr double kTextLeft = kTagLeft + kColumns + 0.75;
constexpr double kTextDot = 0.125;  // one dot of a digit
constexpr double kTextWidth = 8 * 6 * kTextDot;
constexpr double kLampMiddle = kTextLeft + kTextWidth + 1.35;
constexpr double kLampRadius = 0.8;
constexpr double kFullWidth = kLampMiddle + kLampRadius + 0.55 + kMargin;

constexpr std::uint32_t kNumberBits = 20;
constexpr int kBlack = 30;
constexpr int kWhite = 222;

// Returns the number and twelve check bits, by which a frame without a tag, or a misread tag, is
// recognized.
std::uint32_t tag_of(std::uint64_t frame_number) {
  const auto number = static_cast<std::uint32_t>(frame_number & ((1u << kNumberBits) - 1));
  const auto check = static_cast<std::uint32_t>(mix_bits(number) >> (32 + kNumberBits));
  return check << kNumberBits | number;
}

bool has_tag(int width_px, int height_px) {
  return height_px >= kSmallestHeight && width_px * 4 >= height_px;
}

bool has_text(int width_px, int height_px) {
  return has_tag(width_px, height_px) && width_px * kBlocksPerHeight >= height_px * kFullWidth;
}

// Returns the right edge of the display, in blocks.
double plate_right(int width_px, int height_px) {
  return has_text(width_px, height_px) ? kFullWidth : kTagLeft + kColumns + kMargin;
}

struct Ink {
  int y;
  int u = 128;
  int v = 128;
  /// The opacity, of 256.
  int opacity = 256;
};

class Pen {
 public:
  explicit Pen(const WritableFrame& frame)
      : frame_(frame), block_px_(frame.format().height_px / kBlocksPerHeight) {}

  void rectangle(double left, double top, double width, double height, const Ink& ink) const {
    const int x0 = px(left);
    const int y0 = px(top);
    const int x1 = px(left + width);
    const int y1 = px(top + height);
    for (int p = 0; p < 3; ++p) {
      const int halved = p == 0 ? 0 : 1;
      for (int y = y0 >> halved; y < (y1 + halved) >> halved; ++y) {
        for (int x = x0 >> halved; x < (x1 + halved) >> halved; ++x) put(p, x, y, ink, 256);
      }
    }
  }

  void disc(double middle_x, double middle_y, double radius, const Ink& ink) const {
    for (int p = 0; p < 3; ++p) {
      const double scale = p == 0 ? block_px_ : block_px_ / 2;
      const double reach = radius * scale;
      const int left = static_cast<int>(middle_x * scale - reach);
      const int top = static_cast<int>(middle_y * scale - reach);
      for (int y = top; y <= top + 2 * reach + 1; ++y) {
        for (int x = left; x <= left + 2 * reach + 1; ++x) {
          const double away = std::hypot(x + 0.5 - middle_x * scale, y + 0.5 - middle_y * scale);
          put(p, x, y, ink, static_cast<int>(std::clamp(reach + 0.5 - away, 0.0, 1.0) * 256));
        }
      }
    }
  }

 private:
  [[nodiscard]] int px(double blocks) const {
    return static_cast<int>(std::lround(blocks * block_px_));
  }

  void put(int p, int x, int y, const Ink& ink, int cover) const {
    const WritablePlane& plane = frame_.plane(p);
    if (x < 0 || x >= plane.width_px || y < 0 || y >= plane.height_px) return;
    const std::array<int, 3> values = {ink.y, ink.u, ink.v};
    std::uint8_t& pixel = plane.row(y)[x];
    const int change = values[static_cast<std::size_t>(p)] - pixel;
    pixel = static_cast<std::uint8_t>(pixel + change * (cover * ink.opacity >> 8) / 256);
  }

  const WritableFrame& frame_;
  double block_px_;
};

// A digit of seven rows of five dots each: the topmost row first, the leftmost dot in the highest
// bit.
using Glyph = std::array<std::uint8_t, 7>;
constexpr std::array<Glyph, 11> kGlyphs = {{
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
    {0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
    {0b00000, 0b00100, 0b00100, 0b00000, 0b00100, 0b00100, 0b00000},
}};

void write(const Pen& pen, double left, double top, std::string_view text, const Ink& ink) {
  for (const char character : text) {
    const Glyph& glyph = kGlyphs[character == ':' ? 10 : static_cast<std::size_t>(character - '0')];
    for (int y = 0; y < 7; ++y) {
      for (int x = 0; x < 5; ++x) {
        if ((glyph[static_cast<std::size_t>(y)] >> (4 - x) & 1) == 0) continue;
        pen.rectangle(left + x * kTextDot, top + y * kTextDot, kTextDot, kTextDot, ink);
      }
    }
    left += 6 * kTextDot;
  }
}

// Returns the last `digits` digits, with leading zeros.
std::string padded(std::uint64_t number, std::size_t digits) {
  const std::string text = std::string(digits, '0') + std::to_string(number);
  return text.substr(text.size() - digits);
}

void paint_tag(const Pen& pen, std::uint64_t frame_number) {
  const std::uint32_t tag = tag_of(frame_number);
  for (int i = 0; i < kColumns * kRows; ++i) {
    const bool set = (tag >> (kColumns * kRows - 1 - i) & 1) != 0;
    const int column = i % kColumns;
    const int row = i / kColumns;
    pen.rectangle(kTagLeft + column, kTagTop + row, 1, 1, {set ? kWhite : kBlack});
  }
}

void paint_text_and_lamp(const Pen& pen, const OverlayState& state) {
  const std::uint64_t minutes = state.second / 60;
  const std::string clock =
      padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2) + ":" + padded(state.second % 60, 2);
  const Ink ink = {218, 122, 132};
  write(pen, kTextLeft, kTagTop + 0.8, clock, ink);
  write(pen, kTextLeft, kTagTop + 2.3, padded(state.frame_number, 8), {172, 122, 132});

  const double middle_y = kTagTop + kRows / 2.0;
  pen.disc(kLampMiddle, middle_y, kLampRadius, {40, 126, 130});
  pen.disc(kLampMiddle, middle_y, kLampRadius - 0.2,
           state.lamp_lit ? Ink{206, 52, 164} : Ink{64, 124, 132});
}

// Returns the mean luma of the inner part of a block of the tag, if the tag is `shift` blocks to
// the right of its usual place.
int block_mean(const VideoFrame& frame, double block_px, double shift, int column, int row) {
  constexpr double kRim = 0.25;
  const auto at = [&](double blocks) { return static_cast<int>(blocks * block_px); };
  const int left = at(kTagLeft + shift + column + kRim);
  const int right = std::max(at(kTagLeft + shift + column + 1 - kRim), left + 1);
  const int top = at(kTagTop + row + kRim);
  const int bottom = std::max(at(kTagTop + row + 1 - kRim), top + 1);
  int sum = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) sum += frame.planes[0].row(y)[x];
  }
  return sum / ((right - left) * (bottom - top));
}

struct Reading {
  std::optional<std::uint64_t> number = {};
  /// The distance of the least certain block from the threshold between 0 and 1.
  int contrast = 0;
};

Reading read_tag(const VideoFrame& frame, double shift) {
  constexpr int kThreshold = (kBlack + kWhite) / 2;
  const double block_px = frame.format.height_px / kBlocksPerHeight;
  Reading reading{{}, kWhite};
  std::uint32_t tag = 0;
  for (int i = 0; i < kColumns * kRows; ++i) {
    const int mean = block_mean(frame, block_px, shift, i % kColumns, i / kColumns);
    reading.contrast = std::min(reading.contrast, std::abs(mean - kThreshold));
    tag = tag << 1 | (mean > kThreshold ? 1u : 0u);
  }
  const std::uint64_t number = tag & ((1u << kNumberBits) - 1);
  if (tag == tag_of(number)) reading.number = number;
  return reading;
}

}  // namespace

void paint_overlay(const OverlayState& state, const WritableFrame& frame) {
  const VideoFormat& format = frame.format();
  if (!has_tag(format.width_px, format.height_px)) return;
  const Pen pen(frame);
  const double right = plate_right(format.width_px, format.height_px);
  pen.rectangle(kMargin, kMargin, right - kMargin, kRows + 1, {34, 134, 124, 150});
  paint_tag(pen, state.frame_number);
  if (has_text(format.width_px, format.height_px)) paint_text_and_lamp(pen, state);
}

void paint_overlay_depth(DepthMap& depth) {
  if (!has_tag(depth.width_px, depth.height_px)) return;
  const double block_px = depth.height_px / kBlocksPerHeight;
  const auto px = [&](double blocks) { return std::lround(blocks * block_px); };
  const auto width = static_cast<long>(depth.width_px);
  const long right = std::min(px(plate_right(depth.width_px, depth.height_px)), width);
  for (long y = px(kMargin); y < px(kMargin + kRows + 1); ++y) {
    std::fill(depth.values.begin() + y * width + px(kMargin),
              depth.values.begin() + y * width + right, 0.0F);
  }
}

std::optional<std::uint64_t> read_frame_number(const VideoFrame& frame) {
  const VideoFormat& format = frame.format;
  const bool readable = format.pixel_format == PixelFormat::I420 && frame.planes[0].data != nullptr;
  if (!readable || !has_tag(format.width_px, format.height_px)) return {};
  // In a stereo view, the tag is shifted sideways. The position at which it is most readable is
  // used.
  constexpr int kDoubtful = 24;
  constexpr int kSteps = 9;
  Reading best{{}, kDoubtful - 1};
  for (int i = -kSteps; i <= kSteps; ++i) {
    const Reading reading = read_tag(frame, i / 8.0);
    if (reading.number && reading.contrast > best.contrast) best = reading;
  }
  return best.number;
}

}  // namespace streamkit::capture

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <streamkit/core/frame.hpp>

namespace streamkit::desktop {

struct Yuv {
  double y = 0, u = 0, v = 0;
};

/// BT.709, limited range. Source: ITU-R BT.709-6, 3.2 to 3.4.
inline Yuv yuv_of(std::uint32_t color) {
  const double red = ((color >> 16) & 0xff) / 255.0;
  const double green = ((color >> 8) & 0xff) / 255.0;
  const double blue = (color & 0xff) / 255.0;
  const double luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748};
}

inline Yuv yuv_at(const VideoFrame& frame, int x, int y) {
  return {static_cast<double>(frame.planes[0].row(y)[x]),
          static_cast<double>(frame.planes[1].row(y / 2)[x / 2]),
          static_cast<double>(frame.planes[2].row(y / 2)[x / 2])};
}

/// Whether the frame has this colour there, within `levels`.
inline testing::AssertionResult has_color(const VideoFrame& frame, int x, int y,
                                          std::uint32_t color, double levels = 2) {
  const Yuv found = yuv_at(frame, x, y);
  const Yuv wanted = yuv_of(color);
  if (std::abs(found.y - wanted.y) <= levels && std::abs(found.u - wanted.u) <= levels &&
      std::abs(found.v - wanted.v) <= levels) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << "at " << x << "," << y << ": " << found.y << " " << found.u << " " << found.v
         << " instead of " << wanted.y << " " << wanted.u << " " << wanted.v;
}

}  // namespace streamkit::desktop

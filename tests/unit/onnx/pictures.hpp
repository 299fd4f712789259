#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <streamkit/core/frame_pool.hpp>

namespace streamkit::onnx {

using Yuv = std::array<int, 3>;
// Of limited range, BT.709.
inline constexpr Yuv kBlack = {16, 128, 128};
inline constexpr Yuv kWhite = {235, 128, 128};
inline constexpr Yuv kRed = {63, 102, 240};
inline constexpr Yuv kGreen = {173, 42, 26};
inline constexpr Yuv kBlue = {32, 240, 118};

/// A picture with the color of each place, told by pixels of the luma plane.
inline VideoFrame picture(const VideoFormat& format, const std::function<Yuv(int, int)>& color) {
  FramePool pool;
  WritableFrame frame = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    const int step = p == 0 ? 1 : 2;
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] =
            static_cast<std::uint8_t>(color(x * step, y * step)[static_cast<std::size_t>(p)]);
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

inline VideoFrame plain(const VideoFormat& format, const Yuv& color) {
  return picture(format, [&](int, int) { return color; });
}

}  // namespace streamkit::onnx

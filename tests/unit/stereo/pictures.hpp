#pragma once

#include <cstdint>
#include <functional>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <utility>

// Small pictures and depth maps for the tests of this room.
namespace streamkit::test {

inline VideoFormat format_of(int width, int height) {
  VideoFormat format;
  format.width_px = width;
  format.height_px = height;
  return format;
}

/// The value of plane `plane` at (x, y), in the plane's own samples.
using Painter = std::function<int(int plane, int x, int y)>;

inline VideoFrame paint(const VideoFormat& format, const Painter& painter,
                        MediaTime pts = MediaTime{0}) {
  FramePool pool;
  WritableFrame frame = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    const WritablePlane& plane = frame.plane(i);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(painter(i, x, y));
      }
    }
  }
  return std::move(frame).publish(pts, MediaTime{1});
}

/// The same frame in 10 bits.
inline VideoFrame deep_of(const VideoFrame& frame) {
  FramePool pool;
  VideoFormat format = frame.format;
  format.pixel_format = PixelFormat::I420P10;
  WritableFrame deep = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    const VideoPlane& from = frame.planes[static_cast<std::size_t>(i)];
    for (int y = 0; y < from.height_px; ++y) {
      auto* to = reinterpret_cast<std::uint16_t*>(deep.plane(i).row(y));
      for (int x = 0; x < from.width_px; ++x)
        to[x] = static_cast<std::uint16_t>(4 * from.row(y)[x]);
    }
  }
  return std::move(deep).publish(frame.pts, frame.duration);
}

inline VideoFrame plain(int width, int height, int luma, int u = 128, int v = 128) {
  return paint(format_of(width, height), [=](int plane, int, int) {
    return plane == 0 ? luma : plane == 1 ? u : v;
  });
}

/// A fixed number from 0 up to, not including, `below` for each place.
inline int grain(int x, int y, int below) {
  std::uint32_t value = static_cast<std::uint32_t>(x) * 73'856'093U ^
                        static_cast<std::uint32_t>(y) * 19'349'663U ^ 0x9E3779B9U;
  value ^= value >> 13;
  value *= 0x5BD1E995U;
  value ^= value >> 15;
  return static_cast<int>(value % static_cast<std::uint32_t>(below));
}

inline VideoFrame grainy(int width, int height) {
  return paint(format_of(width, height),
               [](int plane, int x, int y) { return grain(x + 1000 * plane, y, 256); });
}

inline DepthMap depth_of(int width, int height, const std::function<float(int x, int y)>& value) {
  DepthMap depth{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) depth.values.push_back(value(x, y));
  }
  return depth;
}

inline DepthMap flat_depth(float value) { return {1, 1, {value}}; }

inline int at(const VideoFrame& frame, int plane, int x, int y) {
  return frame.planes[static_cast<std::size_t>(plane)].row(y)[x];
}

}  // namespace streamkit::test

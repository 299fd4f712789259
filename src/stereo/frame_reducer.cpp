#include "stereo/frame_reducer.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "stereo/samples.hpp"
#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

STREAMKIT_SIMD_CLONES void reduce_row(const std::uint16_t* __restrict from,
                                      std::uint8_t* __restrict to, int width) {
  for (int x = 0; x < width; ++x) {
    to[x] = static_cast<std::uint8_t>(from[x] >> kMoreBits<std::uint16_t>);
  }
}

}  // namespace

VideoFrame FrameReducer::reduce(const VideoFrame& frame, int planes) {
  if (frame.format.pixel_format == PixelFormat::I420) return frame;
  VideoFormat format = frame.format;
  format.pixel_format = PixelFormat::I420;
  WritableFrame reduced = pool_.acquire(format);
  for (int i = 0; i < planes; ++i) {
    const VideoPlane& from = frame.planes[static_cast<std::size_t>(i)];
    for (int y = 0; y < from.height_px; ++y) {
      reduce_row(row_of<std::uint16_t>(from, y), reduced.plane(i).row(y), from.width_px);
    }
  }
  return std::move(reduced).publish(frame.pts, frame.duration);
}

}  // namespace streamkit::stereo

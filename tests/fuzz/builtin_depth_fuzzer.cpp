#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/builtin_depth_network.hpp>

using namespace streamkit;
using namespace streamkit::stereo;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

VideoFrame picture(int width, int height, std::uint8_t black) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = width, .height_px = height});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        const bool bar = p == 0 && (y < black % 64 || y >= plane.height_px - black % 64);
        plane.row(y)[x] = bar ? 16 : static_cast<std::uint8_t>(x * 37 + y * 91 + p);
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

}  // namespace

// A network that is taken gives depth for a frame of any size. The first bytes are the frame's
// width, its height, its bars, and the network's resolution.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const int side = 32 * (1 + data[3] % 3);
  auto network = BuiltinDepthNetwork::create({data + 4, size - 4}, {.short_side_px = side});
  if (!network) {
    require(network.error().code == ErrorCode::CorruptData ||
            network.error().code == ErrorCode::Unsupported);
    return 0;
  }
  const VideoFrame frame = picture(1 + data[0], 1 + data[1], data[2]);
  DepthMap depth;
  require((*network)->infer({&frame, 1}, {&depth, 1}).has_value());
  require(depth.width_px > 0 && depth.height_px > 0);
  require(depth.values.size() ==
          static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px));
  for (const float value : depth.values) require(std::isfinite(value));
  return 0;
}

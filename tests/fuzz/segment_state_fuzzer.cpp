#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>

#include "worker/segment_state.hpp"

using namespace streamkit;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

VideoFrame picture() {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = 32, .height_px = 18});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) std::fill_n(plane.row(y), plane.width_px, 16 * y);
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

// Source: ISO/IEC 13239. What the fuzzer cannot guess is added for it.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) * 0xEDB88320U);
  }
  return ~crc;
}

// A state that is taken is given back byte for byte; one that is not leaves nothing.
void check_views(std::span<const std::uint8_t> state) {
  static const VideoFrame kPicture = picture();
  const auto renderer =
      stereo::ForwardWarpRenderer::create({.automatic_convergence = true}).value();
  if (renderer->load_state(state)) {
    require(std::ranges::equal(renderer->save_state(), state));
  } else {
    require(renderer->save_state().empty());
  }
  require(renderer->render(kPicture, {1, 1, {0.5F}}).has_value());
}

}  // namespace

// What is read is written again byte for byte, and a renderer takes its part or refuses it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (const auto read = worker::read_segment_state(bytes)) {
    require(std::ranges::equal(worker::write_segment_state(*read), bytes));
    check_views(read->views);
  }
  if (size < 4) return 0;
  Bytes summed(data, data + size);
  const std::uint32_t sum = crc32(bytes.first(size - 4));
  for (std::size_t i = 0; i < 4; ++i) {
    summed[size - 4 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
  }
  check_views(summed);
  return 0;
}

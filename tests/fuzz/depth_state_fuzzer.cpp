#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>

using namespace streamkit;
using namespace streamkit::stereo;

namespace {

constexpr int kSide = 16;

VideoFrame picture() {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = kSide, .height_px = kSide / 2});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(x * 37 + y * 91 + p);
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

void require(bool holds) {
  if (!holds) std::abort();
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

// Gives a ramp.
class Network final : public DepthNetwork {
 public:
  Result<void> infer(std::span<const VideoFrame>, std::span<DepthMap> depths) override {
    for (DepthMap& depth : depths) depth = {4, 2, {0, 1, 2, 3, 1, 2, 3, 4}};
    return {};
  }
};

void check(DepthEstimator& estimator, std::span<const std::uint8_t> bytes) {
  static const VideoFrame kPicture = picture();
  if (estimator.load_state(bytes)) {
    require(std::ranges::equal(estimator.save_state(), bytes));
  } else {
    require(estimator.save_state().empty());
  }
  DepthMap depth;
  for (int i = 0; i < 2; ++i) {
    require(estimator.estimate(kPicture, depth).has_value());
    for (const float value : depth.values) require(value >= 0 && value <= 1);
  }
  const Bytes after = estimator.save_state();
  require(estimator.load_state(after).has_value());
  require(estimator.save_state() == after);
}

void check(std::span<const std::uint8_t> bytes) {
  check(*CueDepthEstimator::create({.longest_side_px = kSide}).value(), bytes);
  // With a smaller number a saved count of frames would be limited to it.
  check(*FusedDepthEstimator::create(std::make_unique<Network>(),
                                     {.every_nth = 30, .longest_side_px = kSide})
             .value(),
        bytes);
  for (const int nth : {1, 3}) {
    check(*NetworkDepthEstimator::create(std::make_unique<Network>(),
                                         {.every_nth = nth, .longest_side_px = kSide})
               .value(),
          bytes);
  }
}

}  // namespace

// A state that is taken is given back byte for byte, and whatever comes, depth stays within bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({data, size});
  if (size < 4) return 0;
  Bytes bytes(data, data + size);
  const std::uint32_t sum = crc32({data, size - 4});
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[size - 4 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
  }
  check(bytes);
  return 0;
}

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

std::size_t number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return at + 1 < bytes.size() ? bytes[at] + 256U * bytes[at + 1] : 0U;
}

// Where the first grid of a state is: the luma of the last frame.
struct Luma {
  int width;
  int height;
  std::size_t begin;
};

Luma luma_of(std::span<const std::uint8_t> bytes) {
  const Luma luma{static_cast<int>(number_at(bytes, 8)), static_cast<int>(number_at(bytes, 10)),
                  12 + 4 * (number_at(bytes, 6) % 256)};
  const bool usable =
      luma.width >= 1 && luma.width <= kSide && luma.height >= 1 && luma.height <= kSide;
  return usable ? luma : Luma{kSide, kSide / 2, 12};
}

// Returns what the state saw last, moved to the right: any other frame would be a cut, at which the
// state is forgotten before it is used.
VideoFrame frame_after(std::span<const std::uint8_t> bytes, int moved) {
  const Luma luma = luma_of(bytes);
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = luma.width, .height_px = luma.height});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        const auto cell = static_cast<std::size_t>(y * luma.width + std::max(x - moved, 0));
        const auto code = static_cast<int>(number_at(bytes, luma.begin + 2 * cell));
        plane.row(y)[x] = static_cast<std::uint8_t>(std::clamp((code - 16384) / 64, 0, 255));
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
  const bool taken = estimator.load_state(bytes).has_value();
  if (taken) {
    require(std::ranges::equal(estimator.save_state(), bytes));
  } else {
    require(estimator.save_state().empty());
  }
  DepthMap depth;
  // Cues are looked at in every fourth frame.
  const int frames = taken ? 5 : 1;
  for (int i = 0; i < frames; ++i) {
    require(estimator.estimate(frame_after(bytes, i), depth).has_value());
    for (const float value : depth.values) require(value >= 0 && value <= 1);
  }
  const Bytes after = estimator.save_state();
  require(estimator.load_state(after).has_value());
  require(estimator.save_state() == after);
}

void check(std::span<const std::uint8_t> bytes) {
  check(*CueDepthEstimator::create({.longest_side_px = kSide}).value(), bytes);
  for (const int nth : {1, 3}) {
    check(*FusedDepthEstimator::create(std::make_unique<Network>(),
                                       {.every_nth = nth, .longest_side_px = kSide})
               .value(),
          bytes);
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

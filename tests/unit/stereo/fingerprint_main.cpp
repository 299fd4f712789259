// Prints a checksum of what each part of the room makes of made-up pictures. Builds of the same
// sources for different processors must print the same: what is computed does not depend on where.
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <span>
#include <streamkit/stereo/builtin_depth_network.hpp>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/depth_upsampling.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/stereo/fused_depth_estimator.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>
#include <string>
#include <string_view>

#include "pictures.hpp"
#include "random_network.hpp"

namespace {

using namespace streamkit;
using namespace streamkit::stereo;

// FNV-1a.
class Checksum {
 public:
  void add(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  void add(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    for (int shift = 0; shift < 32; shift += 8) add(static_cast<std::uint8_t>(bits >> shift));
  }
  void add(const VideoFrame& frame) {
    const int bytes = bytes_per_sample(frame.format.pixel_format);
    for (const VideoPlane& plane : frame.planes) {
      for (int y = 0; y < plane.height_px; ++y) {
        for (int x = 0; x < plane.width_px * bytes; ++x) add(plane.row(y)[x]);
      }
    }
  }
  void add(const DepthMap& depth) {
    for (const float value : depth.values) add(value);
  }
  void print(const std::string& name) const {
    std::printf("%-32s %016llx\n", name.c_str(), static_cast<unsigned long long>(value_));
  }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

// A soft and a hard texture, a thing that moves, noise, black and white.
VideoFrame scene(int width, int height, int time) {
  return test::paint(test::format_of(width, height), [=](int plane, int x, int y) {
    const int scale = plane == 0 ? 1 : 2;
    const int column = x * scale - 3 * time;
    const bool thing = column > width / 4 && column < width / 2 && y * scale > height / 3;
    if (x * scale > width * 7 / 8) return y * scale % 16 < 8 ? 0 : 255;
    const int texture = thing ? (column / 9 + y / 7) % 2 * 120 : (x + 2 * y) * scale / 5 % 90;
    return 60 + texture + test::grain(thing ? column : x, y + 5000 * plane, 24);
  });
}

// Planes, steps, and a slope.
DepthMap depth_map(int width, int height) {
  return test::depth_of(width, height, [=](int x, int y) {
    if (x > width / 4 && x < width / 2 && y > height / 3) return 0.9F;
    if ((x / 5 + y / 3) % 7 == 0) return 0.6F;
    return 0.1F + 0.5F * static_cast<float>(y) / static_cast<float>(height) +
           0.002F * static_cast<float>(x);
  });
}

void render(const std::string& name, const StereoOptions& options, int width, int height,
            bool ten_bits = false) {
  auto renderer = ForwardWarpRenderer::create(options).value();
  Checksum sum;
  for (int time = 0; time < 2; ++time) {
    const VideoFrame shown = scene(width, height, time);
    const VideoFrame frame = ten_bits ? test::deep_of(shown) : shown;
    sum.add(renderer->render(frame, depth_map(width / 8, height / 8)).value());
    sum.add(renderer->render(frame, depth_map(width, height)).value());
  }
  sum.print(name + " " + std::to_string(width) + "x" + std::to_string(height));
}

void render_all() {
  for (const StereoModeInfo& mode : stereo_modes()) {
    render(std::string(mode.name), {.mode = mode.mode}, 322, 98);
  }
  render("sbs", {}, 1282, 64);
  render("sbs", {}, 39, 51);
  render("sbs, 10 bits", {}, 1282, 64, true);
  render("half_sbs, 10 bits", {.mode = StereoMode::HalfSbs}, 322, 98, true);
  render("sbs, deep", {.divergence = 10, .edge_dilation_x_px = 5, .foreground_scale = 2}, 322, 98);
  render("sbs, one eye", {.synthetic_view = SyntheticView::Left}, 322, 98);
  render("sbs, preserved edges", {.screen_edge = ScreenEdge::Preserve}, 322, 98);
}

void estimate(const std::string& name, DepthEstimator& estimator) {
  DepthMap depth;
  Checksum map;
  Checksum enlarged;
  for (int time = 0; time < 6; ++time) {
    const VideoFrame frame = scene(640, 360, time);
    if (!estimator.estimate(frame, depth)) return;
    map.add(depth);
    if (time == 5) enlarged.add(upsample_depth(frame, depth).value());
  }
  map.print(name);
  enlarged.print(name + ", enlarged");
  Checksum state;
  for (const std::uint8_t byte : estimator.save_state()) state.add(byte);
  state.print(name + ", state");
}

void infer(const std::string& name, BuiltinDepthNetwork& network, int width, int height) {
  Checksum sum;
  const VideoFrame frame = scene(width, height, 0);
  DepthMap depth;
  if (!network.infer({&frame, 1}, {&depth, 1})) return;
  sum.add(depth);
  sum.print(name + " " + std::to_string(width) + "x" + std::to_string(height));
}

void infer_all() {
  const auto builtin = BuiltinDepthNetwork::create().value();
  for (const auto& [width, height] : {std::array{640, 360}, {322, 98}, {39, 51}}) {
    infer("network", *builtin, width, height);
  }
  const auto uneven =
      BuiltinDepthNetwork::create(test::random_network({.channels = {5, 18, 33, 7, 50}}),
                                  {.short_side_px = 64})
          .value();
  infer("network, uneven", *uneven, 639, 361);
}

void synthesize() {
  const VideoFrame left = scene(322, 98, 0);
  const DepthMap depth = depth_map(322, 98);
  DisparityMap disparity{322, 98, depth.values};
  for (std::size_t i = 0; i < disparity.values.size(); ++i) {
    disparity.values[i] = i % 11 < 2 ? 0.0F : 20 * disparity.values[i];  // some unknown
  }
  FramePool pool;
  // One plane for each colour, all of one size.
  std::array<WritableFrame, 3> made;
  std::array<WritablePlane, 3> right;
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = pool.acquire(left.format);
    right[i] = made[i].plane(0);
  }
  if (!synthesize_right_view({left.planes[0], left.planes[0], left.planes[0]}, disparity, {},
                             right)) {
    return;
  }
  Checksum sum;
  for (WritableFrame& frame : made) {
    for (int y = 0; y < right[0].height_px; ++y) {
      for (int x = 0; x < right[0].width_px; ++x) sum.add(frame.plane(0).row(y)[x]);
    }
  }
  sum.print("synthesized");
}

// Whether this machine runs what is built for `processor`, a name of the tests.
bool runs(std::string_view processor) {
#if defined(__x86_64__)
  if (processor == "sse4.1") return __builtin_cpu_supports("sse4.1") != 0;
  if (processor == "avx2") return __builtin_cpu_supports("avx2") != 0;
  if (processor == "avx512") {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0;
  }
#endif
  return processor == "this";
}

}  // namespace

// With the name of a processor: prints nothing, and fails where it is not this one.
int main(int count, char** words) {
  if (count > 1) return runs(words[1]) ? 0 : 1;
  render_all();
  estimate("depth of cues", *CueDepthEstimator::create().value());
  estimate("depth, fused", *FusedDepthEstimator::create().value());
  infer_all();
  synthesize();
  return 0;
}

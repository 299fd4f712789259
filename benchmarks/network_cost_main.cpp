// What a depth network costs, by itself: for each shorter side, the size at which a frame of
// 1280x720 is passed, the processor time of loading it, and the time of one frame. Printed as lines
// of
//   SIZE: loading S s, N ms per frame, N ms of processor time, peak N MB
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/onnx/onnx_depth_model.hpp>
#include <string_view>
#include <vector>

namespace {

using namespace streamkit;

constexpr int kWidth = 1280;
constexpr int kHeight = 720;
constexpr int kRepeats = 5;

VideoFrame textured_frame() {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = kWidth, .height_px = kHeight});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(60 + (x * 7919 + y * 104'729) % 113);
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

// Of all threads of this process.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Result<void> measure(onnx::OnnxDepthOptions options, int size_px, const VideoFrame& frame) {
  options.short_side_px = size_px;
  const double before = processor_seconds();
  const auto model = onnx::OnnxDepthModel::load(options);
  if (!model) return model.error();
  const double loading = processor_seconds() - before;
  const auto network = model->network();
  std::vector<double> walls;
  std::vector<double> processors;
  for (int i = 0; i <= kRepeats; ++i) {
    DepthMap depth;
    const double wall = wall_seconds();
    const double processor = processor_seconds();
    if (auto done = network->infer({&frame, 1}, {&depth, 1}); !done) return done;
    if (i == 0) continue;  // memory is acquired
    walls.push_back(wall_seconds() - wall);
    processors.push_back(processor_seconds() - processor);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%d: loading %.2f s, %.0f ms per frame, %.0f ms of processor time, peak %ld MB\n",
              size_px, loading, 1e3 * median(walls), 1e3 * median(processors),
              usage.ru_maxrss / 1024);
  std::fflush(stdout);
  return {};
}

int fail(const char* message) {
  std::fprintf(stderr, "network_cost: %s\n", message);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return fail("usage: network_cost MODEL PRESET SIZE...");
  auto options = onnx::onnx_depth_preset(argv[2]);
  if (!options) return fail("unknown preset");
  options->model = argv[1];
  const VideoFrame frame = textured_frame();
  for (int i = 3; i < argc; ++i) {
    const std::string_view text = argv[i];
    int size = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (failure != std::errc{} || end != text.data() + text.size()) return fail("SIZE is a number");
    if (auto done = measure(*options, size, frame); !done) {
      return fail(done.error().message.c_str());
    }
  }
  return 0;
}

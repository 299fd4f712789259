// Views and depth against the copying of the same bytes, which no renderer can beat.
// The counter `of_memcpy` is the copy's time over the view's: 1 is the physical limit.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <utility>
#include <vector>

namespace {

using namespace streamkit;
using namespace streamkit::stereo;

VideoFormat format_of(std::int64_t height) {
  VideoFormat format;
  format.height_px = static_cast<int>(height);
  format.width_px = format.height_px * 16 / 9;
  return format;
}

// Texture of all scales and a bright disc that moves with `time`.
VideoFrame picture(FramePool& pool, const VideoFormat& format, int time) {
  WritableFrame frame = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    const WritablePlane& plane = frame.plane(i);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        const double dx = x - plane.width_px * (0.4 + 0.01 * time);
        const double dy = y - plane.height_px * 0.6;
        const bool disc = dx * dx + dy * dy < plane.height_px * plane.height_px / 25.0;
        const double wave = std::sin(x * 0.05) * std::cos(y * 0.031) * 40;
        const auto grain = static_cast<double>(((x * 7919 + y * 104'729) >> 3) % 23);
        plane.row(y)[x] = static_cast<std::uint8_t>((disc ? 150 : 90) + wave + grain);
      }
    }
  }
  return std::move(frame).publish(MediaTime{time}, MediaTime{1});
}

// Of this process, so that others on the machine do not count. Everything here is one thread.
double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// The seconds that a copy of both eyes' bytes takes, in this run and on this machine.
double copy_seconds(const VideoFormat& packed) {
  const auto bytes = static_cast<std::size_t>(packed.width_px) * packed.height_px * 3 / 2;
  std::vector<std::uint8_t> from(bytes, 1);
  std::vector<std::uint8_t> to(bytes, 2);
  constexpr int kCopies = 50;
  const auto start = std::clock();
  for (int i = 0; i < kCopies; ++i) {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  return seconds_since(start) / kCopies;
}

void report(benchmark::State& state, double seconds, double copy) {
  const auto frames = static_cast<double>(state.iterations());
  state.counters["fps"] = frames / seconds;
  state.counters["of_memcpy"] = frames * copy / seconds;
}

void render_views(benchmark::State& state, StereoMode mode) {
  FramePool pool;
  const VideoFormat format = format_of(state.range(0));
  const VideoFrame frame = picture(pool, format, 0);
  auto estimator = CueDepthEstimator::create();
  auto renderer = ForwardWarpRenderer::create({mode});
  DepthMap depth;
  if (!estimator || !renderer || !(*estimator)->estimate(frame, depth)) {
    state.SkipWithError("set-up failed");
    return;
  }
  const double copy = copy_seconds(packed_format(StereoMode::FullSbs, format));
  const auto start = std::clock();
  for (auto _ : state) {
    Result<VideoFrame> packed = (*renderer)->render(frame, depth);
    if (!packed) state.SkipWithError("render failed");
    benchmark::DoNotOptimize(packed);
  }
  report(state, seconds_since(start), copy);
}

void estimate_depth(benchmark::State& state) {
  FramePool pool;
  const VideoFormat format = format_of(state.range(0));
  const VideoFrame frames[] = {picture(pool, format, 0), picture(pool, format, 1)};
  auto estimator = CueDepthEstimator::create();
  DepthMap depth;
  const double copy = copy_seconds(format);
  std::size_t next = 0;
  const auto start = std::clock();
  for (auto _ : state) {
    if (!(*estimator)->estimate(frames[next++ % 2], depth)) state.SkipWithError("depth failed");
    benchmark::DoNotOptimize(depth.values.data());
  }
  report(state, seconds_since(start), copy);
}

BENCHMARK_CAPTURE(render_views, sbs, StereoMode::FullSbs)->Arg(720)->Arg(1080);
BENCHMARK_CAPTURE(render_views, half_sbs, StereoMode::HalfSbs)->Arg(720)->Arg(1080);
BENCHMARK_CAPTURE(render_views, anaglyph_dubois, StereoMode::AnaglyphDubois)->Arg(720)->Arg(1080);
BENCHMARK(estimate_depth)->Arg(720)->Arg(1080);

}  // namespace

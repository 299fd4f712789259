// The built-in depth network, on one core, against multiplying and adding in registers, which no
// convolution can beat. The counter `of_limit` is the share of that speed which it reaches: 1 is
// the physical limit. The program is built once for each processor, which is the end of its name.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/builtin_depth_network.hpp>
#include <utility>

#include "stereo/integer_network.hpp"
#include "stereo/own_depth.hpp"
#include "stereo/simd.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using namespace streamkit;
using namespace streamkit::stereo;

#include "stereo/multiply_add.inc"

// Of this process, so that others on the machine do not count. Everything here is one thread.
double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// Keeps the compiler from knowing a register.
inline void hide(Sums& sums) {
#if STREAMKIT_LANES == 1
  asm volatile("" : "+r"(sums));
#elif defined(__x86_64__)
  asm volatile("" : "+x"(sums));
#else
  asm volatile("" : "+w"(sums));
#endif
}

// Multiplications with additions per second, in this run and on this machine.
double limit_per_second() {
  constexpr int kRepeats = 5'000'000;
  constexpr std::int32_t kPair = 0x50003;
  Sums a = {}, b = {}, c = {}, d = {}, e = {}, f = {}, weights = {};
  const auto add = [&weights](Sums& sum) {
    hide(weights);
    sum = add_products(sum, weights, kPair);
  };
  const auto start = std::clock();
  for (int i = 0; i < kRepeats; ++i) {
    add(a), add(b), add(c), add(d), add(e), add(f);
  }
  const double seconds = seconds_since(start);
  a += b + c + d + e + f;
  hide(a);
  return 2.0 * kLanes * 6 * kRepeats / seconds;
}

// The multiplications that a network needs for a picture.
double multiplications(const NetworkData& network, int width, int height) {
  double sum = 0;
  std::size_t next = 0;
  int level = 0;
  const auto add = [&](std::size_t layers, double places) {
    for (; layers > 0; --layers, ++next) {
      const LayerData& layer = network.layers[next];
      sum += places * layer.side * layer.side * layer.in * layer.out;
    }
  };
  const auto places = [&](int at) {
    return (width >> (at + 1)) * static_cast<double>(height >> (at + 1));
  };
  for (const LevelData& data : network.levels) {
    add(static_cast<std::size_t>(1 + 2 * data.residuals), places(level++));
  }
  add(static_cast<std::size_t>(2 * network.contexts), 1);
  for (--level; level > 0; --level) {
    add(1, places(level));
    add(static_cast<std::size_t>(2 * network.decoder_residuals), places(level - 1));
  }
  add(1, places(0));
  return sum;
}

void run_network(benchmark::State& state) {
  const auto width = static_cast<int>(state.range(0));
  const auto height = static_cast<int>(state.range(1));
  const auto data = read_network(own_depth_file());
  auto network = IntegerNetwork::read(own_depth_file());
  if (!data || !network) {
    state.SkipWithError("set-up failed");
    return;
  }
  ColorPicture picture{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i) {
    picture.values.push_back(static_cast<std::uint8_t>(i * 7919 >> 3));
  }
  const double limit = limit_per_second();
  const double needed = multiplications(*data, width, height);
  (*network)->run(picture);
  double least = 1e9;
  for (auto _ : state) {
    const auto start = std::clock();
    benchmark::DoNotOptimize((*network)->run(picture));
    least = std::min(least, seconds_since(start));
  }
  state.counters["least_ms"] = 1e3 * least;
  state.counters["million_multiplications"] = needed / 1e6;
  state.counters["of_limit"] = needed / limit / least;
}

// With the frame's conversion, of 720p and 1080p.
void infer_depth(benchmark::State& state) {
  VideoFormat format;
  format.height_px = static_cast<int>(state.range(0));
  format.width_px = format.height_px * 16 / 9;
  FramePool pool;
  WritableFrame made = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    const WritablePlane& plane = made.plane(i);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(60 + (x * 7919 + y * 104'729) % 113);
      }
    }
  }
  const VideoFrame frame = std::move(made).publish(MediaTime{0}, MediaTime{1});
  auto network = BuiltinDepthNetwork::create();
  DepthMap depth;
  double least = 1e9;
  for (auto _ : state) {
    const auto start = std::clock();
    if (!network || !(*network)->infer({&frame, 1}, {&depth, 1})) state.SkipWithError("failed");
    least = std::min(least, seconds_since(start));
  }
  state.counters["least_ms"] = 1e3 * least;
}

BENCHMARK(run_network)->Args({160, 96})->Args({320, 192})->Unit(benchmark::kMillisecond);
BENCHMARK(infer_depth)->Arg(720)->Arg(1080)->Unit(benchmark::kMillisecond);

}  // namespace

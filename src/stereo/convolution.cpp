#include "stereo/convolution.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "stereo/simd.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace streamkit::stereo {
namespace {

// A layer, ready for the loops.
struct Work {
  const std::int16_t* in;  // the first place of the kernel at the first pixel
  std::ptrdiff_t in_step, in_row_step, tap_step, tap_row_step;
  int side, pairs;
  const std::int16_t* weights;
  const std::int32_t* biases;
  const std::int32_t* shifts;
  std::int16_t* out;
  std::ptrdiff_t out_step, out_row_step;
  int width, height, channels;
  bool adds;
  int least;
};

// Autovectorization does not find the instruction that multiplies and adds pairs, so the loops are
// written with it, once for each width of registers.
namespace baseline {
#include "stereo/convolution_kernel.inc"
}
#if defined(STREAMKIT_SEVERAL_PROCESSORS)
#undef STREAMKIT_LANES
#define STREAMKIT_LANES 8
#pragma GCC push_options
#pragma GCC target("avx2")
namespace avx2 {
#include "stereo/convolution_kernel.inc"
}
#pragma GCC pop_options
#undef STREAMKIT_LANES
#define STREAMKIT_LANES 16
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl")
namespace avx512 {
#include "stereo/convolution_kernel.inc"
}
#pragma GCC pop_options
#endif

using Convolve = void (*)(const Work&);

Convolve fastest() {
#if defined(STREAMKIT_SEVERAL_PROCESSORS)
  if (__builtin_cpu_supports("x86-64-v4")) return avx512::convolve;
  if (__builtin_cpu_supports("avx2")) return avx2::convolve;
#endif
  return baseline::convolve;
}

}  // namespace

Convolution::Convolution(const LayerData& layer)
    : side_(layer.side), stride_(layer.stride), outputs_(layer.out), pairs_((layer.in + 1) / 2) {
  const int taps = side_ * side_;
  const auto filled = static_cast<std::size_t>(channel_blocks(outputs_) * kChannelBlock);
  biases_.assign(filled, 0);
  shifts_.assign(filled, 1);
  weights_.assign(filled * static_cast<std::size_t>(taps * pairs_ * 2), 0);
  const std::int8_t* from = layer.weights.data();
  for (int out = 0; out < outputs_; ++out) {
    const auto index = static_cast<std::size_t>(out);
    shifts_[index] = layer.shifts[index];
    biases_[index] = layer.biases[index] + (1 << (layer.shifts[index] - 1));
    std::int16_t* block = weights_.data() + out / kChannelBlock * taps * pairs_ * 2 * kChannelBlock;
    for (int in = 0; in < layer.in; ++in) {
      for (int tap = 0; tap < taps; ++tap) {
        const int pair = tap * pairs_ + in / 2;
        block[(pair * kChannelBlock + out % kChannelBlock) * 2 + in % 2] =
            static_cast<std::int16_t>(*from++);
      }
    }
  }
}

void Convolution::run(const FeatureMap& in, FeatureMap& out, Ending ending) const {
  assert(&in != &out && in.stride() >= 2 * pairs_);
  const int width = (in.width() + stride_ - 1) / stride_;
  const int height = (in.height() + stride_ - 1) / stride_;
  out.resize(width, height, outputs_);
  const int before = side_ / 2;
  static const Convolve convolve = fastest();
  convolve({.in = in.at(-before, -before),
            .in_step = std::ptrdiff_t{stride_} * in.stride(),
            .in_row_step = stride_ * in.row_step(),
            .tap_step = in.stride(),
            .tap_row_step = in.row_step(),
            .side = side_,
            .pairs = pairs_,
            .weights = weights_.data(),
            .biases = biases_.data(),
            .shifts = shifts_.data(),
            .out = out.at(0, 0),
            .out_step = out.stride(),
            .out_row_step = out.row_step(),
            .width = width,
            .height = height,
            .channels = out.stride(),
            .adds = ending == Ending::AddRelu,
            .least = ending == Ending::Linear ? -kMostActivation : 0});
}

}  // namespace streamkit::stereo

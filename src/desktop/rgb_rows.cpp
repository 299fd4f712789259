#include "desktop/rgb_rows.hpp"

#include <cstring>

#include "desktop/frame_scaler.hpp"

// On x86-64 the loops are built for several processors, and the program loader selects the version
// that runs. That selection runs before a sanitizer has initialized itself.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define STREAMKIT_DESKTOP_CLONES __attribute__((target_clones("default", "sse4.1", "avx2")))
#else
#define STREAMKIT_DESKTOP_CLONES
#endif

namespace streamkit::desktop {
namespace {

// Weights of red, green and blue in units of 1/65536, for 8-bit samples of limited range.
// Source: ITU-R BT.709-6, 3.2 to 3.4.
constexpr std::int32_t kLumaRed = 11966, kLumaGreen = 40254, kLumaBlue = 4064;
constexpr std::int32_t kURed = -6596, kUGreen = -22189, kUBlue = 28785;
constexpr std::int32_t kVRed = 28785, kVGreen = -26145, kVBlue = -2640;

// Eight pixels are added up for a chroma sample: hence 19 bits, not 16.
constexpr std::int32_t kChromaBits = 19;
constexpr std::int32_t kChromaZero = (128 << kChromaBits) + (1 << (kChromaBits - 1));

constexpr std::uint32_t kRedBlue = 0x00ff00ff;

// A pixel's four channels in a register.
using NarrowChannels = std::uint16_t __attribute__((vector_size(8)));
using Channels = std::uint32_t __attribute__((vector_size(16)));
using ChannelBytes = std::uint8_t __attribute__((vector_size(4)));

}  // namespace

STREAMKIT_DESKTOP_CLONES
void luma_row(const std::uint32_t* __restrict pixels, int count, std::uint8_t* __restrict luma) {
  for (int x = 0; x < count; ++x) {
    const auto red = static_cast<std::int32_t>((pixels[x] >> 16) & 0xff);
    const auto green = static_cast<std::int32_t>((pixels[x] >> 8) & 0xff);
    const auto blue = static_cast<std::int32_t>(pixels[x] & 0xff);
    const std::int32_t sum = kLumaRed * red + kLumaGreen * green + kLumaBlue * blue;
    luma[x] = static_cast<std::uint8_t>((sum + (16 << 16) + (1 << 15)) >> 16);
  }
}

STREAMKIT_DESKTOP_CLONES
void chroma_row(const std::uint32_t* __restrict upper, const std::uint32_t* __restrict lower,
                int count, std::uint32_t* __restrict sums, std::uint8_t* __restrict u,
                std::uint8_t* __restrict v) {
  // Red and blue are added up in one word, 16 bits each. Before the first pixel is a copy of it.
  std::uint32_t* __restrict red_blue = sums + 1;
  std::uint32_t* __restrict greens = sums + count + 2;
  for (int x = 0; x < count; ++x) {
    red_blue[x] = (upper[x] & kRedBlue) + (lower[x] & kRedBlue);
    greens[x] = ((upper[x] >> 8) & 0xff) + ((lower[x] >> 8) & 0xff);
  }
  red_blue[-1] = red_blue[0];
  greens[-1] = greens[0];
  for (int x = 0; x < count / 2; ++x) {
    const std::uint32_t both = red_blue[2 * x - 1] + 2 * red_blue[2 * x] + red_blue[2 * x + 1];
    const auto red = static_cast<std::int32_t>(both >> 16);
    const auto blue = static_cast<std::int32_t>(both & 0xffff);
    const auto green =
        static_cast<std::int32_t>(greens[2 * x - 1] + 2 * greens[2 * x] + greens[2 * x + 1]);
    u[x] = static_cast<std::uint8_t>(
        (kURed * red + kUGreen * green + kUBlue * blue + kChromaZero) >> kChromaBits);
    v[x] = static_cast<std::uint8_t>(
        (kVRed * red + kVGreen * green + kVBlue * blue + kChromaZero) >> kChromaBits);
  }
}

STREAMKIT_DESKTOP_CLONES
void add_weighted(const std::uint8_t* __restrict bytes, int count, std::uint16_t weight,
                  std::uint16_t* __restrict sums) {
  for (int i = 0; i < count; ++i) {
    sums[i] = static_cast<std::uint16_t>(sums[i] + weight * bytes[i]);
  }
}

STREAMKIT_DESKTOP_CLONES
void scale_columns(const std::uint16_t* __restrict sums, const ScalerTaps& columns,
                   std::uint32_t* __restrict pixels) {
  const std::uint16_t* weight = columns.weights.data();
  for (const ScalerTaps::Sample& sample : columns.samples) {
    const std::uint16_t* input = sums + 4 * sample.first;
    Channels total = {1 << 15, 1 << 15, 1 << 15, 1 << 15};
    for (int tap = 0; tap < sample.count; ++tap, input += 4) {
      NarrowChannels pixel;
      std::memcpy(&pixel, input, sizeof(pixel));
      total += __builtin_convertvector(pixel, Channels) * static_cast<std::uint32_t>(*weight++);
    }
    const auto bytes = __builtin_convertvector(total >> 16, ChannelBytes);
    std::memcpy(pixels++, &bytes, sizeof(bytes));
  }
}

}  // namespace streamkit::desktop

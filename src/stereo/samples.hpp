#pragma once

#include <cstdint>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>

namespace streamkit::stereo {

// Loops over pixels are written once for samples of 8 bits (std::uint8_t) and of 10 bits
// (std::uint16_t).

/// The number of bits beyond 8, and the largest value.
template <typename Sample>
inline constexpr int kMoreBits = sizeof(Sample) == 1 ? 0 : 2;
template <typename Sample>
inline constexpr int kLargest = (256 << kMoreBits<Sample>)-1;

template <typename Sample>
[[nodiscard]] const Sample* row_of(const VideoPlane& plane, int y) {
  return reinterpret_cast<const Sample*>(plane.row(y));
}
template <typename Sample>
[[nodiscard]] Sample* row_of(const WritablePlane& plane, int y) {
  return reinterpret_cast<Sample*>(plane.row(y));
}

/// Calls `work` with a value of the type of the samples.
template <typename Work>
void with_samples(PixelFormat format, const Work& work) {
  if (format == PixelFormat::I420P10) {
    work(std::uint16_t{});
  } else {
    work(std::uint8_t{});
  }
}

/// Returns the luma of black, and the chroma of grey.
template <typename Sample>
[[nodiscard]] Sample black_of(const VideoFormat& format) {
  return static_cast<Sample>(format.range == ColorRange::Full ? 0 : 16 << kMoreBits<Sample>);
}
template <typename Sample>
inline constexpr Sample kNeutral = 128 << kMoreBits<Sample>;

}  // namespace streamkit::stereo

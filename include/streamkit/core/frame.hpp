#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <vector>

namespace streamkit {

/// Planar 4:2:0: plane 0 is luma, 1 and 2 are U and V at half width and height, rounded up.
enum class PixelFormat {
  I420,    ///< 8 bits per sample.
  I420P10  ///< 10 bits per sample in 16-bit little-endian words. Reserved: no class takes it yet.
};

enum class ColorRange { Limited, Full };
enum class ColorMatrix { Bt601, Bt709 };

/// Shape and meaning of a video's pixels. Pixels are square.
struct STREAMKIT_API VideoFormat {
  int width_px = 0;
  int height_px = 0;
  FrameRate frame_rate = {};
  PixelFormat pixel_format = PixelFormat::I420;
  ColorRange range = ColorRange::Limited;
  ColorMatrix matrix = ColorMatrix::Bt709;

  friend bool operator==(const VideoFormat&, const VideoFormat&) = default;
};

/// A view of one plane; the rows are `stride_bytes` apart. Every row, the last one too, may be read
/// up to 16 bytes past its end, so that loops need no special case there.
struct STREAMKIT_API VideoPlane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  int width_px = 0;
  int height_px = 0;

  [[nodiscard]] const std::uint8_t* row(int y) const noexcept { return data + y * stride_bytes; }
};

/// One picture. A cheap value: copies share the pixels, which nobody changes any more.
/// Thread-safety: reading from several threads is safe.
struct STREAMKIT_API VideoFrame {
  MediaTime pts{0};
  MediaTime duration{0};
  VideoFormat format = {};
  std::array<VideoPlane, 3> planes = {};
  /// Keeps the memory behind `planes` alive.
  std::shared_ptr<const void> storage = {};
};

/// Sound is float, planar, nominal range -1 to 1.
struct STREAMKIT_API AudioFormat {
  int sample_rate_hz = 48'000;
  int channels = 2;

  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// A run of sound. Channel `c` lies at `samples[c * sample_count]` and is `sample_count` long.
struct STREAMKIT_API AudioFrame {
  MediaTime pts{0};
  AudioFormat format = {};
  int sample_count = 0;
  std::vector<float> samples = {};

  [[nodiscard]] MediaTime duration() const noexcept {
    return from_ticks(sample_count, 1, format.sample_rate_hz);
  }
};

/// The end of a stream, as a value.
struct STREAMKIT_API EndOfStream {};

}  // namespace streamkit

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <vector>

namespace streamkit {

/// Layout of the samples. All are planar 4:2:0: plane 0 is luma, 1 and 2 are U and V at half width
/// and height, rounded up.
enum class PixelFormat {
  I420,    ///< 8 bits per sample.
  I420P10  ///< 10 bits in 16-bit words of the processor's byte order. For HDR.
};

[[nodiscard]] constexpr int bytes_per_sample(PixelFormat format) noexcept {
  return format == PixelFormat::I420P10 ? 2 : 1;
}

enum class ColorRange { Limited, Full };
enum class ColorMatrix { Bt601, Bt709, Bt2020 };

/// The colours that full red, green and blue are.
enum class ColorPrimaries {
  Bt709,          ///< HD video and sRGB.
  Bt601Lines525,  ///< SD video of 60 Hz countries (SMPTE 170M).
  Bt601Lines625,  ///< SD video of 50 Hz countries (BT.470 BG).
  Bt2020          ///< HDR video.
};

/// How sample values relate to light.
enum class ColorTransfer {
  Bt709,  ///< Also that of BT.601 and of BT.2020 without HDR.
  Srgb,
  Gamma22,
  Gamma28,
  Pq,  ///< HDR of SMPTE ST 2084.
  Hlg  ///< HDR of ARIB STD-B67.
};

/// A colour's place in the CIE 1931 diagram, in units of 0.00002.
struct STREAMKIT_API Chromaticity {
  std::uint16_t x_50000ths = 0;
  std::uint16_t y_50000ths = 0;

  friend bool operator==(const Chromaticity&, const Chromaticity&) = default;
};

/// The display that HDR video was mastered on, and its brightest light, as it states them. 0:
/// unknown. Sources: SMPTE ST 2086, CTA-861.3.
struct STREAMKIT_API HdrMetadata {
  Chromaticity red = {};
  Chromaticity green = {};
  Chromaticity blue = {};
  Chromaticity white = {};
  std::uint32_t max_luminance_nits_10000ths = 0;
  std::uint32_t min_luminance_nits_10000ths = 0;
  std::uint16_t max_content_light_nits = 0;
  std::uint16_t max_frame_average_light_nits = 0;

  [[nodiscard]] bool states_display() const noexcept { return max_luminance_nits_10000ths > 0; }
  [[nodiscard]] bool states_light() const noexcept { return max_content_light_nits > 0; }
  friend bool operator==(const HdrMetadata&, const HdrMetadata&) = default;
};

/// Size, frame rate, pixel layout and colour of a video. Pixels are square.
struct STREAMKIT_API VideoFormat {
  int width_px = 0;
  int height_px = 0;
  FrameRate frame_rate = {};
  PixelFormat pixel_format = PixelFormat::I420;
  ColorRange range = ColorRange::Limited;
  ColorMatrix matrix = ColorMatrix::Bt709;
  ColorPrimaries primaries = ColorPrimaries::Bt709;
  ColorTransfer transfer = ColorTransfer::Bt709;

  friend bool operator==(const VideoFormat&, const VideoFormat&) = default;
};

/// A view of one plane; the rows are `stride_bytes` apart. Every row, including the last, may be
/// read up to 16 bytes past its end, so that loops need no special case there.
struct STREAMKIT_API VideoPlane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  int width_px = 0;
  int height_px = 0;

  [[nodiscard]] const std::uint8_t* row(int y) const noexcept { return data + y * stride_bytes; }
};

/// One video frame. Cheap to copy: copies share immutable pixels.
/// Thread-safety: reading from several threads is safe.
struct STREAMKIT_API VideoFrame {
  MediaTime pts{0};
  MediaTime duration{0};
  VideoFormat format = {};
  std::array<VideoPlane, 3> planes = {};
  /// Keeps the memory behind `planes` alive.
  std::shared_ptr<const void> storage = {};
};

/// Sample rate and channels of audio. Samples are float, planar, with a nominal range of -1 to 1.
struct STREAMKIT_API AudioFormat {
  int sample_rate_hz = 48'000;
  int channels = 2;

  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// A run of audio samples. Those of channel `c` begin at `samples[c * sample_count]`; there are
/// `sample_count` of them.
struct STREAMKIT_API AudioFrame {
  MediaTime pts{0};
  AudioFormat format = {};
  int sample_count = 0;
  std::vector<float> samples = {};

  [[nodiscard]] MediaTime duration() const noexcept {
    return from_ticks(sample_count, 1, format.sample_rate_hz);
  }
  /// Keeps the first `count` samples of each channel. Does nothing if there are no more.
  void keep_first(std::int64_t count) {
    if (count >= sample_count) return;
    const auto kept = static_cast<std::ptrdiff_t>(std::max<std::int64_t>(count, 0));
    for (std::ptrdiff_t channel = 0; channel < format.channels; ++channel) {
      std::copy_n(samples.begin() + channel * sample_count, kept, samples.begin() + channel * kept);
    }
    sample_count = static_cast<int>(kept);
    samples.resize(static_cast<std::size_t>(kept * format.channels));
  }
};

/// Marks the end of a stream.
struct STREAMKIT_API EndOfStream {};

}  // namespace streamkit

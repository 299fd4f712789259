#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

namespace streamkit::desktop {

/// Pixels of 32-bit words 0xRRGGBB; the upper byte is ignored.
struct RgbImage {
  const std::uint32_t* pixels = nullptr;
  int width_px = 0;
  int height_px = 0;
  /// Pixels from the begin of a row to that of the next; 0: `width_px`.
  int stride_px = 0;

  [[nodiscard]] const std::uint32_t* row(int y) const noexcept {
    return pixels + static_cast<std::ptrdiff_t>(y) * (stride_px > 0 ? stride_px : width_px);
  }
};

/// Rows from `begin` to before `end`.
struct RowRange {
  int begin = 0;
  int end = 0;

  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
};

/// For each output sample the inputs that it is a weighted mean of; the weights add up to 256.
struct ScalerTaps {
  struct Sample {
    int first = 0;
    int count = 0;
    std::size_t weights = 0;  ///< Index of the first in ScalerTaps::weights.
  };
  std::vector<Sample> samples;
  std::vector<std::uint16_t> weights;
};

/// Linear interpolation; where `inputs` is larger, over a wider span, so that nothing is skipped.
[[nodiscard]] ScalerTaps scaler_taps(int inputs, int outputs);

/// Converts images to frames of one format: scaled with their aspect kept, centred on black, BT.709
/// limited range, chroma sited as MPEG does. Every result is exact in integers, the same on all
/// processors.
/// Thread-safety: one thread at a time.
class FrameScaler {
 public:
  /// Precondition: I420, even sizes.
  explicit FrameScaler(const VideoFormat& format) : format_(format) {}

  /// Rows of `image` outside of `changed` are as at the previous call, if that had the same size.
  [[nodiscard]] VideoFrame convert(const RgbImage& image, RowRange changed);

 private:
  void fit(int width_px, int height_px);
  [[nodiscard]] RowRange affected_rows(RowRange changed) const;
  void fill_around(WritableFrame& frame) const;
  const std::uint32_t* scaled_row(const RgbImage& image, int y, std::vector<std::uint32_t>& into);

  VideoFormat format_;
  FramePool pool_;
  std::optional<VideoFrame> previous_;
  int source_width_px_ = 0;
  int source_height_px_ = 0;
  // Where the image is in the frame: all even.
  int left_ = 0;
  int top_ = 0;
  int width_ = 0;
  int height_ = 0;
  ScalerTaps columns_;
  ScalerTaps rows_;
  std::vector<std::uint16_t> sums_;
  std::vector<std::uint32_t> upper_;
  std::vector<std::uint32_t> lower_;
  std::vector<std::uint32_t> chroma_;
};

}  // namespace streamkit::desktop

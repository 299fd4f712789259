#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace streamkit::stereo {

/// Channels come in blocks of this size; those that fill up the last one are 0.
inline constexpr int kChannelBlock = 16;

[[nodiscard]] constexpr int channel_blocks(int channels) {
  return (channels + kChannelBlock - 1) / kChannelBlock;
}

/// The activations of a layer, the channels of a place side by side, within a border of zeros.
class FeatureMap {
 public:
  /// Forgets the contents, unless the size stays.
  void resize(int width, int height, int channels) {
    const int stride = channel_blocks(channels) * kChannelBlock;
    if (width == width_ && height == height_ && stride == stride_) return;
    width_ = width;
    height_ = height;
    stride_ = stride;
    values_.assign(static_cast<std::size_t>(row_step() * (height + 2)), 0);
  }
  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  /// The distance of neighbours in a row, which is the number of channels with those that fill up.
  [[nodiscard]] int stride() const { return stride_; }
  [[nodiscard]] std::ptrdiff_t row_step() const { return std::ptrdiff_t{width_ + 2} * stride_; }
  /// The first channel at a place, -1 and the size being the border.
  [[nodiscard]] std::int16_t* at(int x, int y) {
    return values_.data() + (y + 1) * row_step() + std::ptrdiff_t{x + 1} * stride_;
  }
  [[nodiscard]] const std::int16_t* at(int x, int y) const {
    return values_.data() + (y + 1) * row_step() + std::ptrdiff_t{x + 1} * stride_;
  }

 private:
  int width_ = 0;
  int height_ = 0;
  int stride_ = 0;
  std::vector<std::int16_t> values_;
};

}  // namespace streamkit::stereo

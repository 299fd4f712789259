#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <streamkit/core/frame.hpp>
#include <vector>

#include "onnx/tensor_form.hpp"

namespace streamkit::onnx {

/// The samples that form one sample of another size: the mean of the area it covers, or the two
/// beside it if the frame is enlarged.
struct ResamplingTap {
  int first = 0;
  std::vector<float> weights = {};
};
[[nodiscard]] std::vector<ResamplingTap> resampling_taps(int from, int to);

/// Converts colours to values: (x - mean) / deviation, x from 0 to 1.
struct Normalization {
  std::array<float, 3> mean;
  std::array<float, 3> deviation;
};

/// Converts frames to the input of a network. Colours are computed at the network's size only.
class PictureInput {
 public:
  /// Returns red, green and blue planes of 0 to 1, of size `size`, of an I420 frame; valid until
  /// the next call.
  std::span<const float> colors(const VideoFrame& frame, Size size);

 private:
  void resample(const VideoPlane& plane, Size size, std::span<float> out);

  std::vector<float> planes_;
  std::vector<float> row_;
};

/// Writes planes of `colors` in `form` to `out`, which has room for them.
void write_tensor(std::span<const float> colors, const PictureForm& form,
                  const Normalization& normalization, std::span<std::byte> out);

}  // namespace streamkit::onnx

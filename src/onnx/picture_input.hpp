#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <streamkit/core/frame.hpp>
#include <vector>

#include "onnx/tensor_form.hpp"

namespace streamkit::onnx {

/// Which samples make one sample of another size: the mean of the area it covers, or the two beside
/// it where the picture is enlarged.
struct ResamplingTap {
  int first = 0;
  std::vector<float> weights = {};
};
[[nodiscard]] std::vector<ResamplingTap> resampling_taps(int from, int to);

/// How colours become numbers: (x - mean) / deviation, x from 0 to 1.
struct Normalization {
  std::array<float, 3> mean;
  std::array<float, 3> deviation;
};

/// Makes pictures a network's input. Colours are computed at the network's size only.
class PictureInput {
 public:
  /// Red, green and blue planes of 0 to 1, `size` large, of an I420 picture; valid until the next
  /// call.
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

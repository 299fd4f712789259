#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::onnx {

enum class ElementType { Float32, Float16, Uint8, Other };

/// What a model says of an input or output.
struct TensorForm {
  std::string name;
  ElementType type = ElementType::Other;
  /// -1 is free. Empty also where the model does not say.
  std::vector<std::int64_t> dims;
};

/// As in "'image' float32 [1,3,?,?]".
[[nodiscard]] std::string to_string(const TensorForm& form);
[[nodiscard]] std::size_t bytes_of(ElementType type) noexcept;

/// How pictures go in. Sizes of 0 are free.
struct PictureForm {
  ElementType type = ElementType::Float32;
  bool channels_last = false;
  int batch = 0;
  int height_px = 0;
  int width_px = 0;
};

/// Errors: Unsupported, naming what there is and what is needed.
Result<PictureForm> picture_form(std::span<const TensorForm> inputs);
/// Which output is depth: the first that can be. Errors: Unsupported, as above.
Result<std::size_t> depth_output(std::span<const TensorForm> outputs);

struct Size {
  int width_px = 0;
  int height_px = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

/// The size at which a picture goes in: the model's, where that is fixed.
[[nodiscard]] Size input_size(const PictureForm& form, Size picture, int short_side_px,
                              int multiple_px);

/// The size of each depth map in an output that came of `pictures` pictures.
/// Errors: Unsupported, naming what came and what is needed.
Result<Size> depth_size(std::span<const std::int64_t> dims, int pictures);

}  // namespace streamkit::onnx

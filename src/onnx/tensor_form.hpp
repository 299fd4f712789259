#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::onnx {

enum class ElementType { Float32, Float16, Uint8, Other };

/// Declared form of an input or output of a model.
struct TensorForm {
  std::string name;
  ElementType type = ElementType::Other;
  /// -1 is free. Also empty if the model does not declare it.
  std::vector<std::int64_t> dims;
};

/// Formats a form as in "'image' float32 [1,3,?,?]".
[[nodiscard]] std::string to_string(const TensorForm& form);
[[nodiscard]] std::size_t bytes_of(ElementType type) noexcept;

/// Form in which frames are passed. Sizes of 0 are free.
struct PictureForm {
  ElementType type = ElementType::Float32;
  bool channels_last = false;
  int batch = 0;
  int height_px = 0;
  int width_px = 0;
};

/// Finds the form of the input.
/// Errors: Unsupported, naming what the model has and what is required.
Result<PictureForm> picture_form(std::span<const TensorForm> inputs);
/// Returns the index of the depth output: the first that can be depth.
/// Errors: Unsupported, as above.
Result<std::size_t> depth_output(std::span<const TensorForm> outputs);

struct Size {
  int width_px = 0;
  int height_px = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

/// Returns the size at which a frame is passed: that of the model, if it is fixed.
[[nodiscard]] Size input_size(const PictureForm& form, Size picture, int short_side_px,
                              int multiple_px);

/// Returns the size of each depth map in an output for `pictures` frames.
/// Errors: Unsupported, naming the output and what is required.
Result<Size> depth_size(std::span<const std::int64_t> dims, int pictures);

}  // namespace streamkit::onnx

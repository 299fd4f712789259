#include "onnx/tensor_form.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace streamkit::onnx {
namespace {

constexpr std::int64_t kMaxSide = 16384;
constexpr int kMaxBatch = 64;

bool free_or(std::int64_t dim, std::int64_t wanted) { return dim == -1 || dim == wanted; }

std::string names_of(std::span<const TensorForm> forms) {
  std::string text;
  for (const TensorForm& form : forms) text += (text.empty() ? "" : ", ") + to_string(form);
  return text.empty() ? "none" : text;
}

Error wrong_input(std::span<const TensorForm> inputs) {
  return {ErrorCode::Unsupported,
          "the model's inputs are " + names_of(inputs) +
              "; required is one of [N,3,H,W] or [N,H,W,3] as float32, float16 or uint8"};
}

bool can_be_depth(const TensorForm& form) {
  if (form.type != ElementType::Float32 && form.type != ElementType::Float16) return false;
  const std::size_t rank = form.dims.size();
  if (rank == 4) return free_or(form.dims[1], 1) || free_or(form.dims[3], 1);
  return rank == 0 || rank == 2 || rank == 3;
}

int round_to(double value, int multiple) {
  return std::max(1, static_cast<int>(std::lround(value / multiple))) * multiple;
}

}  // namespace

std::string to_string(const TensorForm& form) {
  std::string text = "'" + form.name + "' ";
  switch (form.type) {
    case ElementType::Float32:
      text += "float32";
      break;
    case ElementType::Float16:
      text += "float16";
      break;
    case ElementType::Uint8:
      text += "uint8";
      break;
    case ElementType::Other:
      text += "of another type";
      break;
  }
  text += " [";
  for (std::size_t i = 0; i < form.dims.size(); ++i) {
    text += i == 0 ? "" : ",";
    text += form.dims[i] < 0 ? "?" : std::to_string(form.dims[i]);
  }
  return text + "]";
}

std::size_t bytes_of(ElementType type) noexcept {
  if (type == ElementType::Float32) return 4;
  return type == ElementType::Float16 ? 2 : 1;
}

Result<PictureForm> picture_form(std::span<const TensorForm> inputs) {
  if (inputs.size() != 1) return wrong_input(inputs);
  const TensorForm& input = inputs.front();
  if (input.type == ElementType::Other || input.dims.size() != 4) return wrong_input(inputs);
  const auto& dims = input.dims;
  PictureForm form;
  form.type = input.type;
  // If both could be the colours, as in [1,3,224,3], or the model states neither, the colours come
  // first, as in most models.
  form.channels_last = dims[1] != 3 && dims[3] == 3;
  if (!form.channels_last && !free_or(dims[1], 3)) return wrong_input(inputs);
  const auto batch = dims[0];
  const auto height = form.channels_last ? dims[1] : dims[2];
  const auto width = form.channels_last ? dims[2] : dims[3];
  if (batch == 0 || height == 0 || width == 0 || batch > kMaxBatch || height > kMaxSide ||
      width > kMaxSide) {
    return wrong_input(inputs);
  }
  form.batch = static_cast<int>(std::max<std::int64_t>(batch, 0));
  form.height_px = static_cast<int>(std::max<std::int64_t>(height, 0));
  form.width_px = static_cast<int>(std::max<std::int64_t>(width, 0));
  return form;
}

Result<std::size_t> depth_output(std::span<const TensorForm> outputs) {
  const auto found = std::find_if(outputs.begin(), outputs.end(), can_be_depth);
  if (found != outputs.end()) return static_cast<std::size_t>(found - outputs.begin());
  return Error{ErrorCode::Unsupported, "the model's outputs are " + names_of(outputs) +
                                           "; required is one of [N,H,W], [N,1,H,W], [N,H,W,1] or "
                                           "[H,W] as float32 or float16"};
}

Size input_size(const PictureForm& form, Size picture, int short_side_px, int multiple_px) {
  constexpr double kMostAspect = 4;
  const double aspect = std::clamp(static_cast<double>(picture.width_px) / picture.height_px,
                                   1 / kMostAspect, kMostAspect);
  Size size{form.width_px, form.height_px};
  if (size.width_px == 0 && size.height_px == 0) {
    const double short_side = short_side_px;
    size.width_px = round_to(aspect >= 1 ? short_side * aspect : short_side, multiple_px);
    size.height_px = round_to(aspect >= 1 ? short_side : short_side / aspect, multiple_px);
  } else if (size.width_px == 0) {
    size.width_px = round_to(size.height_px * aspect, multiple_px);
  } else if (size.height_px == 0) {
    size.height_px = round_to(size.width_px / aspect, multiple_px);
  }
  return size;
}

Result<Size> depth_size(std::span<const std::int64_t> dims, int pictures) {
  const std::size_t rank = dims.size();
  std::int64_t count = rank == 2 ? 1 : (rank == 0 ? 0 : dims[0]);
  std::int64_t height = 0;
  std::int64_t width = 0;
  if (rank == 2 || rank == 3) {
    height = dims[rank - 2];
    width = dims[rank - 1];
  } else if (rank == 4 && (dims[1] == 1 || dims[3] == 1)) {
    height = dims[1] == 1 ? dims[2] : dims[1];
    width = dims[1] == 1 ? dims[3] : dims[2];
  }
  if (count == pictures && height >= 1 && width >= 1 && height <= kMaxSide && width <= kMaxSide) {
    return Size{static_cast<int>(width), static_cast<int>(height)};
  }
  TensorForm came{"output", ElementType::Float32, {dims.begin(), dims.end()}};
  return Error{ErrorCode::Unsupported, "the output for " + std::to_string(pictures) +
                                           " frames is " + to_string(came) +
                                           "; required is [N,H,W], [N,1,H,W], [N,H,W,1] or [H,W]"};
}

}  // namespace streamkit::onnx

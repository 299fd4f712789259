#include "onnx/onnx_depth_network.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "onnx/half_float.hpp"

namespace streamkit::onnx {
namespace {

float inverse_depth(float value, DepthOutput output) {
  switch (output) {
    case DepthOutput::Disparity:
      return value;
    case DepthOutput::RelativeDepth:
      return -value;
    case DepthOutput::MetricDepth:
      break;
  }
  return value > 0 ? 1 / value : std::numeric_limits<float>::quiet_NaN();
}

// Reads map number `index` of an output that holds maps of `size`.
void read_map(const OutputTensor& tensor, std::size_t index, Size size, DepthOutput output,
              DepthMap& map) {
  const auto count =
      static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px);
  map.width_px = size.width_px;
  map.height_px = size.height_px;
  map.values.resize(count);
  if (tensor.type == ElementType::Float16) {
    const auto* from = static_cast<const std::uint16_t*>(tensor.data) + index * count;
    std::transform(from, from + count, map.values.begin(),
                   [&](std::uint16_t bits) { return inverse_depth(from_half(bits), output); });
  } else {
    const auto* from = static_cast<const float*>(tensor.data) + index * count;
    std::transform(from, from + count, map.values.begin(),
                   [&](float value) { return inverse_depth(value, output); });
  }
}

// Reads the maps of an output for `pictures` frames; the last ones may be unused.
Result<void> read_maps(const OutputTensor& tensor, int pictures, DepthOutput output,
                       std::span<DepthMap> depths) {
  if (tensor.type != ElementType::Float32 && tensor.type != ElementType::Float16) {
    return Error{ErrorCode::Unsupported, "the model's output is neither float32 nor float16"};
  }
  const auto size = depth_size(tensor.dims, pictures);
  if (!size) return size.error();
  for (std::size_t i = 0; i < depths.size(); ++i) read_map(tensor, i, *size, output, depths[i]);
  return {};
}

}  // namespace

std::size_t OnnxDepthNetwork::batch() const noexcept {
  const int fixed = session_->input().batch;
  return static_cast<std::size_t>(fixed > 0 ? fixed : session_->options().batch);
}

Result<void> OnnxDepthNetwork::infer(std::span<const VideoFrame> frames,
                                     std::span<DepthMap> depths) {
  for (std::size_t begin = 0; begin < frames.size(); begin += batch()) {
    const std::size_t count = std::min(batch(), frames.size() - begin);
    if (auto done = infer_batch(frames.subspan(begin, count), depths.subspan(begin, count));
        !done) {
      return done.error().with_context("depth network");
    }
  }
  return {};
}

Result<void> OnnxDepthNetwork::infer_batch(std::span<const VideoFrame> frames,
                                           std::span<DepthMap> depths) {
  const VideoFormat& format = frames.front().format;
  if (format.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "frames must be I420"};
  }
  const PictureForm& form = session_->input();
  const OnnxDepthOptions& options = session_->options();
  const Size size = input_size(form, {format.width_px, format.height_px}, options.short_side_px,
                               options.multiple_px);
  // A model with a fixed batch size gets the last frame repeatedly if there are fewer.
  const std::size_t pictures = form.batch > 0 ? batch() : frames.size();
  const std::size_t bytes = static_cast<std::size_t>(size.width_px) *
                            static_cast<std::size_t>(size.height_px) * 3 * bytes_of(form.type);
  input_.resize(pictures * bytes);
  for (std::size_t i = 0; i < pictures; ++i) {
    const auto place = std::span(input_).subspan(i * bytes, bytes);
    if (i < frames.size()) {
      write_tensor(pictures_.colors(frames[i], size), form, {options.mean, options.deviation},
                   place);
    } else {
      std::memcpy(place.data(), place.data() - bytes, bytes);
    }
  }
  const int count = static_cast<int>(pictures);
  return session_->run(input_, count, size, [&](const OutputTensor& tensor) {
    return read_maps(tensor, count, options.output, depths);
  });
}

}  // namespace streamkit::onnx

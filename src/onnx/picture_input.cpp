#include "onnx/picture_input.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "onnx/half_float.hpp"

namespace streamkit::onnx {
namespace {

// Y'CbCr of 8 bits to R'G'B' of 0 to 1. Source: ITU-R BT.601-7 and BT.709-6, section 3.
struct ColorConversion {
  explicit ColorConversion(const VideoFormat& format) {
    const bool bt709 = format.matrix == ColorMatrix::Bt709;
    const bool full = format.range == ColorRange::Full;
    const float red = bt709 ? 0.2126F : 0.299F;
    const float blue = bt709 ? 0.0722F : 0.114F;
    const float green = 1 - red - blue;
    const float chroma_scale = full ? 255.0F : 224.0F;
    luma_offset = full ? 0.0F : 16.0F;
    luma_scale = 1 / (full ? 255.0F : 219.0F);
    v_to_red = 2 * (1 - red) / chroma_scale;
    u_to_blue = 2 * (1 - blue) / chroma_scale;
    v_to_green = -v_to_red * red / green;
    u_to_green = -u_to_blue * blue / green;
  }

  float luma_offset, luma_scale, v_to_red, u_to_blue, v_to_green, u_to_green;
};

// In place: planes of Y, U and V become red, green and blue.
void to_rgb(const ColorConversion& conversion, float* a, float* b, float* c, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float luma = (a[i] - conversion.luma_offset) * conversion.luma_scale;
    const float u = b[i] - 128;
    const float v = c[i] - 128;
    a[i] = std::clamp(luma + conversion.v_to_red * v, 0.0F, 1.0F);
    b[i] = std::clamp(luma + conversion.u_to_green * u + conversion.v_to_green * v, 0.0F, 1.0F);
    c[i] = std::clamp(luma + conversion.u_to_blue * u, 0.0F, 1.0F);
  }
}

void add_row(const std::uint8_t* __restrict from, float weight, float* __restrict sum,
             std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) sum[x] += weight * static_cast<float>(from[x]);
}

template <typename Element, typename Convert>
void write_as(std::span<const float> colors, bool channels_last, std::span<std::byte> out,
              Convert convert) {
  const std::size_t pixels = colors.size() / 3;
  const std::size_t step = channels_last ? 3 : 1;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::byte* to = out.data() + (channels_last ? channel : channel * pixels) * sizeof(Element);
    for (std::size_t i = 0; i < pixels; ++i) {
      const Element value = convert(colors[channel * pixels + i], channel);
      std::memcpy(to + i * step * sizeof(Element), &value, sizeof(Element));
    }
  }
}

}  // namespace

std::vector<ResamplingTap> resampling_taps(int from, int to) {
  std::vector<ResamplingTap> taps(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    ResamplingTap& tap = taps[static_cast<std::size_t>(i)];
    if (from > to) {
      const double begin = i * scale;
      const double end = std::min<double>(from, begin + scale);
      tap.first = static_cast<int>(begin);
      for (int at = tap.first; at < end; ++at) {
        const double share = std::min<double>(end, at + 1) - std::max<double>(begin, at);
        tap.weights.push_back(static_cast<float>(share / (end - begin)));
      }
    } else {
      const double center = std::clamp((i + 0.5) * scale - 0.5, 0.0, from - 1.0);
      tap.first = static_cast<int>(center);
      const auto second = static_cast<float>(center - tap.first);
      tap.weights.push_back(1 - second);
      if (second > 0) tap.weights.push_back(second);
    }
  }
  return taps;
}

void PictureInput::resample(const VideoPlane& plane, Size size, std::span<float> out) {
  const auto columns = resampling_taps(plane.width_px, size.width_px);
  const auto rows = resampling_taps(plane.height_px, size.height_px);
  float* to = out.data();
  for (const ResamplingTap& row : rows) {
    row_.assign(static_cast<std::size_t>(plane.width_px), 0.0F);
    int y = row.first;
    for (const float weight : row.weights)
      add_row(plane.row(y++), weight, row_.data(), row_.size());
    for (const ResamplingTap& column : columns) {
      float sum = 0;
      const float* from = row_.data() + column.first;
      for (const float weight : column.weights) sum += weight * *from++;
      *to++ = sum;
    }
  }
}

std::span<const float> PictureInput::colors(const VideoFrame& frame, Size size) {
  const auto count =
      static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px);
  planes_.resize(3 * count);
  for (std::size_t p = 0; p < 3; ++p) {
    resample(frame.planes[p], size, std::span(planes_).subspan(p * count, count));
  }
  float* planes = planes_.data();
  to_rgb(ColorConversion(frame.format), planes, planes + count, planes + 2 * count, count);
  return planes_;
}

void write_tensor(std::span<const float> colors, const PictureForm& form,
                  const Normalization& normalization, std::span<std::byte> out) {
  const auto normalized = [&](float value, std::size_t channel) {
    return (value - normalization.mean[channel]) / normalization.deviation[channel];
  };
  switch (form.type) {
    case ElementType::Uint8:
      return write_as<std::uint8_t>(colors, form.channels_last, out, [](float value, std::size_t) {
        return static_cast<std::uint8_t>(value * 255 + 0.5F);
      });
    case ElementType::Float16:
      return write_as<std::uint16_t>(
          colors, form.channels_last, out,
          [&](float value, std::size_t channel) { return to_half(normalized(value, channel)); });
    default:
      return write_as<float>(colors, form.channels_last, out, normalized);
  }
}

}  // namespace streamkit::onnx

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "random_network.hpp"
#include "stereo/color_picture.hpp"
#include "stereo/feature_map.hpp"
#include "stereo/network_file.hpp"

// What the layers have to compute, written plainly and as slowly.
namespace streamkit::test {

using stereo::ColorPicture;
using stereo::FeatureMap;
using stereo::LayerData;

struct Tensor {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::int64_t> values = {};  // channel by channel

  Tensor() = default;
  Tensor(int w, int h, int c) : width(w), height(h), channels(c) {
    values.resize(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) *
                  static_cast<std::size_t>(c));
  }
  std::int64_t& at(int c, int y, int x) {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
  // 0 around it.
  [[nodiscard]] std::int64_t get(int c, int y, int x) const {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

inline FeatureMap to_map(const Tensor& tensor) {
  FeatureMap map;
  map.resize(tensor.width, tensor.height, tensor.channels);
  for (int c = 0; c < tensor.channels; ++c) {
    for (int y = 0; y < tensor.height; ++y) {
      for (int x = 0; x < tensor.width; ++x) {
        map.at(x, y)[c] = static_cast<std::int16_t>(tensor.get(c, y, x));
      }
    }
  }
  return map;
}

inline Tensor to_tensor(const FeatureMap& map, int channels) {
  Tensor tensor(map.width(), map.height(), channels);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < map.height(); ++y) {
      for (int x = 0; x < map.width(); ++x) tensor.at(c, y, x) = map.at(x, y)[c];
    }
  }
  return tensor;
}

inline Tensor random_tensor(int width, int height, int channels, Random& random, int least = 0) {
  Tensor tensor(width, height, channels);
  for (std::int64_t& value : tensor.values) value = random(least, stereo::kMostActivation);
  return tensor;
}

inline std::int64_t cut(std::int64_t value, bool relu) {
  return std::clamp<std::int64_t>(value, relu ? 0 : -stereo::kMostActivation,
                                  stereo::kMostActivation);
}

inline Tensor convolved(const Tensor& in, const LayerData& layer, bool relu,
                        const Tensor* added = nullptr) {
  const int side = layer.side;
  Tensor out((in.width + layer.stride - 1) / layer.stride,
             (in.height + layer.stride - 1) / layer.stride, layer.out);
  for (int o = 0; o < layer.out; ++o) {
    const auto index = static_cast<std::size_t>(o);
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        std::int64_t sum = layer.biases[index];
        for (int c = 0; c < layer.in; ++c) {
          for (int ky = 0; ky < side; ++ky) {
            for (int kx = 0; kx < side; ++kx) {
              const int weight = ((o * layer.in + c) * side + ky) * side + kx;
              sum += in.get(c, y * layer.stride + ky - side / 2, x * layer.stride + kx - side / 2) *
                     layer.weights[static_cast<std::size_t>(weight)];
            }
          }
        }
        const int shift = layer.shifts[index];
        std::int64_t value = (sum + (std::int64_t{1} << (shift - 1))) >> shift;
        if (added != nullptr) value += added->get(o, y, x);
        out.at(o, y, x) = cut(value, relu);
      }
    }
  }
  return out;
}

inline Tensor upsampled(const Tensor& in) {
  Tensor out(2 * in.width, 2 * in.height, in.channels);
  const auto other = [](int at, int size) {
    return std::clamp(at / 2 + (at % 2 == 0 ? -1 : 1), 0, size - 1);
  };
  for (int c = 0; c < in.channels; ++c) {
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        const int far_x = other(x, in.width);
        const int far_y = other(y, in.height);
        out.at(c, y, x) = (9 * in.get(c, y / 2, x / 2) + 3 * in.get(c, far_y, x / 2) +
                           3 * in.get(c, y / 2, far_x) + in.get(c, far_y, far_x) + 8) >>
                          4;
      }
    }
  }
  return out;
}

inline Tensor added(Tensor a, const Tensor& b) {
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    a.values[i] = cut(a.values[i] + b.values[i], true);
  }
  return a;
}

inline Tensor means(const Tensor& in) {
  Tensor out(1, 1, in.channels);
  const int count = in.width * in.height;
  for (int c = 0; c < in.channels; ++c) {
    std::int64_t sum = 0;
    for (int i = 0; i < count; ++i) sum += in.values[static_cast<std::size_t>(c * count + i)];
    out.at(c, 0, 0) = (sum + count / 2) / count;
  }
  return out;
}

/// In double precision; right to one unit.
inline Tensor normalized(const ColorPicture& picture) {
  double sum = 0;
  double squares = 0;
  for (const std::uint8_t value : picture.values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(picture.values.size());
  const double mean = sum / count;
  const double scale = std::sqrt(std::max(squares / count - mean * mean, 0.0)) + 0.05 * 255;
  Tensor out(picture.width, picture.height, 5);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int value = picture.values[static_cast<std::size_t>((y * picture.width + x) * 3 + c)];
        out.at(c, y, x) = cut(std::lround((value - mean) / scale * 1024), false);
      }
      out.at(3, y, x) = std::lround(((y + 0.5) / picture.height * 2 - 1) * 1024);
      out.at(4, y, x) = std::lround(((x + 0.5) / picture.width * 2 - 1) * 1024);
    }
  }
  return out;
}

/// The whole network, from its normalized input.
inline Tensor reference_depth(const stereo::NetworkData& network, Tensor x) {
  std::size_t next = 0;
  const auto layer = [&](const Tensor& in, bool relu, const Tensor* sum = nullptr) {
    return convolved(in, network.layers[next++], relu, sum);
  };
  const auto residuals = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const Tensor middle = layer(x, true);
      x = layer(middle, true, &x);
    }
  };
  std::vector<Tensor> kept;
  for (const stereo::LevelData& level : network.levels) {
    x = layer(x, true);
    residuals(level.residuals);
    kept.push_back(x);
  }
  for (int i = 0; i < network.contexts; ++i) {
    const Tensor hidden = layer(means(x), true);
    const Tensor context = layer(hidden, false);
    Tensor everywhere(x.width, x.height, x.channels);
    for (int c = 0; c < x.channels; ++c) {
      for (int y = 0; y < x.height; ++y) {
        for (int at = 0; at < x.width; ++at) everywhere.at(c, y, at) = context.get(c, 0, 0);
      }
    }
    x = added(x, everywhere);
  }
  for (std::size_t i = network.levels.size() - 1; i-- > 0;) {
    x = added(kept[i], upsampled(layer(x, false)));
    residuals(network.decoder_residuals);
  }
  return layer(x, false);
}

inline ColorPicture random_picture(int width, int height, Random& random, int least = 0,
                                   int most = 255) {
  ColorPicture picture{width, height, {}};
  for (int i = 0; i < width * height * 3; ++i) {
    picture.values.push_back(static_cast<std::uint8_t>(random(least, most)));
  }
  return picture;
}

}  // namespace streamkit::test

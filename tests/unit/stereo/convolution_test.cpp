#include "stereo/convolution.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference_network.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

LayerData random_layer(int side, int stride, int in, int out, Random& random, int most = 127) {
  LayerData layer{.side = side, .stride = stride, .in = in, .out = out};
  const int shift = static_cast<int>(std::lround(std::log2(73.0 * std::sqrt(side * side * in))));
  for (int i = 0; i < out; ++i) {
    layer.shifts.push_back(shift + random(-1, 1));
    layer.biases.push_back(random(-(1 << 20), 1 << 20));
  }
  for (int i = 0; i < out * in * side * side; ++i) {
    layer.weights.push_back(static_cast<std::int8_t>(random(-most, most)));
  }
  return layer;
}

// The layer in double precision, before it is cut: exact, as no number here has over 53 bits.
double real_output(const Tensor& in, const LayerData& layer, int o, int y, int x) {
  double sum = layer.biases[static_cast<std::size_t>(o)];
  for (int c = 0; c < layer.in; ++c) {
    for (int ky = 0; ky < layer.side; ++ky) {
      for (int kx = 0; kx < layer.side; ++kx) {
        const int weight = ((o * layer.in + c) * layer.side + ky) * layer.side + kx;
        sum += static_cast<double>(in.get(c, y * layer.stride + ky - layer.side / 2,
                                          x * layer.stride + kx - layer.side / 2)) *
               layer.weights[static_cast<std::size_t>(weight)];
      }
    }
  }
  return std::floor(std::ldexp(sum, -layer.shifts[static_cast<std::size_t>(o)]) + 0.5);
}

void expect_layer(const LayerData& layer, int width, int height, Random& random) {
  SCOPED_TRACE(testing::Message() << layer.side << 'x' << layer.side << " by " << layer.stride
                                  << ", " << layer.in << " to " << layer.out << " at " << width
                                  << 'x' << height);
  const Tensor in = random_tensor(width, height, layer.in, random, -kMostActivation);
  const Convolution convolution(layer);
  const FeatureMap input = to_map(in);
  FeatureMap linear;
  convolution.run(input, linear, Ending::Linear);
  FeatureMap relu;
  convolution.run(input, relu, Ending::Relu);
  const Tensor before = random_tensor(linear.width(), linear.height(), layer.out, random);
  FeatureMap sum = to_map(before);
  convolution.run(input, sum, Ending::AddRelu);
  ASSERT_EQ(linear.width(), (width + layer.stride - 1) / layer.stride);
  ASSERT_EQ(linear.height(), (height + layer.stride - 1) / layer.stride);
  int wrong = 0;
  for (int y = 0; y < linear.height(); ++y) {
    for (int x = 0; x < linear.width(); ++x) {
      for (int o = 0; o < layer.out; ++o) {
        const double real = real_output(in, layer, o, y, x);
        const auto most = static_cast<double>(kMostActivation);
        wrong += linear.at(x, y)[o] != std::clamp(real, -most, most);
        wrong += relu.at(x, y)[o] != std::clamp(real, 0.0, most);
        const double total = real + static_cast<double>(before.get(o, y, x));
        wrong += sum.at(x, y)[o] != std::clamp(total, 0.0, most);
      }
      for (int o = layer.out; o < linear.stride(); ++o) wrong += linear.at(x, y)[o] != 0;
    }
  }
  EXPECT_EQ(wrong, 0);
  // The border stays 0.
  for (int c = 0; c < linear.stride(); ++c) {
    EXPECT_EQ(linear.at(-1, -1)[c], 0);
    EXPECT_EQ(linear.at(linear.width(), linear.height() - 1)[c], 0);
    EXPECT_EQ(linear.at(0, linear.height())[c], 0);
  }
}

TEST(Convolution, IsThatOfDoublePrecision) {
  Random random(3);
  for (const int side : {1, 3}) {
    for (const int stride : {1, 2}) {
      if (side == 1 && stride == 2) continue;
      for (const auto& [in, out] :
           {std::pair{5, 16}, {16, 16}, {16, 1}, {32, 48}, {7, 33}, {1, 2}}) {
        expect_layer(random_layer(side, stride, in, out, random), 12, 6, random);
      }
    }
  }
}

TEST(Convolution, TakesAnyWidth) {
  Random random(4);
  for (int width = 1; width <= 26; ++width) {
    expect_layer(random_layer(3, 1, 6, 16, random), width, 3, random);
    expect_layer(random_layer(3, 2, 6, 16, random), 2 * width, 4, random);
  }
}

TEST(Convolution, SumsAreExactAtTheirLimit) {
  Random random(5);
  LayerData layer = random_layer(3, 1, 128, 16, random);
  for (const int weight : {127, -127}) {
    std::fill(layer.weights.begin(), layer.weights.end(), static_cast<std::int8_t>(weight));
    std::fill(layer.shifts.begin(), layer.shifts.end(), 24);
    Tensor in(3, 3, 128);
    std::fill(in.values.begin(), in.values.end(), kMostActivation);
    FeatureMap out;
    Convolution(layer).run(to_map(in), out, Ending::Linear);
    EXPECT_EQ(out.at(1, 1)[3], real_output(in, layer, 3, 1, 1));
  }
}

}  // namespace
}  // namespace streamkit::stereo

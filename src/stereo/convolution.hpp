#pragma once

#include <cstdint>
#include <vector>

#include "stereo/feature_map.hpp"
#include "stereo/network_file.hpp"

namespace streamkit::stereo {

/// The step from a convolution's sums to what is kept, before it is cut to kMostActivation.
enum class Ending {
  Linear,
  Relu,    ///< Negative values become 0.
  AddRelu  ///< The same, after adding what the output holds.
};

/// A convolution of integers, the same on every processor.
/// Thread-safety: calls may run in parallel.
class Convolution {
 public:
  explicit Convolution(const LayerData& layer);
  /// Precondition: `in` has the layer's channels, and is another map than `out`. To add, `out` has
  /// its size already.
  void run(const FeatureMap& in, FeatureMap& out, Ending ending) const;

 private:
  int side_, stride_, outputs_, pairs_;
  // Of each output, those that fill up its last block included; a bias holds the rounding.
  std::vector<std::int32_t> biases_, shifts_;
  // Of each block of outputs and each place of the kernel: pairs of inputs, for each output one
  // after another. The processors' instructions multiply and add such pairs.
  std::vector<std::int16_t> weights_;
};

}  // namespace streamkit::stereo

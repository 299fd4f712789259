#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/result.hpp>
#include <vector>

#include "stereo/color_picture.hpp"
#include "stereo/convolution.hpp"
#include "stereo/feature_map.hpp"
#include "stereo/network_file.hpp"
#include "stereo/network_layers.hpp"

namespace streamkit::stereo {

/// The sides of what a network sees are multiples of this, up to kMostNetworkSide.
inline constexpr int kNetworkMultiple = 32;
inline constexpr int kMostNetworkSide = 2048;

/// A network for depth from one frame, in integers: down through levels of half the resolution
/// each, and up again with what each level kept. Keeps its memory for the next
/// frame of that size.
/// Thread-safety: one thread at a time.
class IntegerNetwork {
 public:
  /// Errors: those of read_network().
  static Result<std::unique_ptr<IntegerNetwork>> read(std::span<const std::uint8_t> file);

  /// Computes inverse depth at half the size, at output_exponent(), in the first channel; valid
  /// until the next call.
  /// Precondition: sides that are multiples of kNetworkMultiple up to kMostNetworkSide.
  const FeatureMap& run(const ColorPicture& picture);
  [[nodiscard]] int output_exponent() const noexcept { return output_exponent_; }

 private:
  explicit IntegerNetwork(const NetworkData& data);
  void add_residuals(int count, std::size_t level);
  void add_contexts();

  struct Level {
    LevelData data;
    FeatureMap kept, middle, narrow;
  };
  const int contexts_, decoder_residuals_, output_exponent_;
  std::vector<Convolution> layers_;  // in the order of use
  std::vector<Level> levels_;
  FeatureMap input_, means_, hidden_, context_, output_;
  Upsampling upsampling_;
  std::size_t next_ = 0;  // the layer
};

}  // namespace streamkit::stereo

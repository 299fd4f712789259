#pragma once

#include <cstdint>
#include <vector>

#include "stereo/color_picture.hpp"
#include "stereo/feature_map.hpp"

namespace streamkit::stereo {

/// Writes the colours less their mean, over their deviation and a constant, and the place of each
/// row and column from -1 to 1, all at kInputExponent.
void normalize_picture(const ColorPicture& picture, FeatureMap& out);

/// Adds `small` at twice its size to `out`, interpolated; negative sums become 0. Holds its scratch
/// memory for the next call.
class Upsampling {
 public:
  /// Precondition: `out` has twice the width and height, and the same channels.
  void add(const FeatureMap& small, FeatureMap& out);

 private:
  std::vector<std::int16_t> row_;
};

/// Writes the mean of each channel to `out`, a map of one place. Precondition: nothing is negative.
void channel_means(const FeatureMap& in, int channels, FeatureMap& out);

/// Adds a map of one place to each place of `out`; negative sums become 0.
void add_everywhere(const FeatureMap& one, FeatureMap& out);

}  // namespace streamkit::stereo

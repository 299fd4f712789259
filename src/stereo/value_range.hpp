#pragma once

#include <vector>

namespace streamkit::stereo {

struct ValueRange {
  float low = 0.5F;
  float high = 0.5F;
};

/// Returns the range of `values` without the outermost 2 % on each side. Precondition: at least one
/// value, and all finite.
[[nodiscard]] ValueRange range_of(std::vector<float> values);

}  // namespace streamkit::stereo

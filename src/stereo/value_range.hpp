#pragma once

#include <vector>

namespace streamkit::stereo {

struct ValueRange {
  float low = 0.5F;
  float high = 0.5F;
};

/// The range of `values` without the outermost 2 % on each side. Precondition: finite, at least
/// one.
[[nodiscard]] ValueRange range_of(std::vector<float> values);

}  // namespace streamkit::stereo

#pragma once

#include <algorithm>

namespace streamkit::stereo {

/// Returns 0 up to `from`, 1 from `to` on, and a linear value between. Precondition: from < to.
[[nodiscard]] inline float ramp(float value, float from, float to) {
  return std::clamp((value - from) / (to - from), 0.0F, 1.0F);
}

}  // namespace streamkit::stereo

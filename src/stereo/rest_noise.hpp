#pragma once

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Returns the mean difference of luma between two frames of a camera at rest that is noise: a
/// place where it is smaller shows the same as before. 0 unless most of the frame rests. The flow
/// is 0 where a place rests. Precondition: grids of one size, not empty.
[[nodiscard]] float noise_at_rest(const Grid& difference, const Grid& flow_x, const Grid& flow_y);

}  // namespace streamkit::stereo

#pragma once

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Returns whether another scene begins between the luma of two frames (0 to 1).
/// Precondition: of one size.
[[nodiscard]] bool is_cut(const Grid& before, const Grid& now);

}  // namespace streamkit::stereo

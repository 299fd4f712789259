#pragma once

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Whether another scene begins between two pictures' luma (0 to 1). Precondition: of one size.
[[nodiscard]] bool is_cut(const Grid& before, const Grid& now);

}  // namespace streamkit::stereo

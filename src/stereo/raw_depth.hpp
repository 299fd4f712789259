#pragma once

#include <streamkit/core/depth_estimator.hpp>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Brings a network's raw map to the size of `out`: means where it gets smaller, between the values
/// where it gets larger. Values that are not finite, or beyond 1e30, count for nothing; cells that
/// only such ones cover are filled from the cells around. False, with `out` undefined, when there
/// is nothing else. Precondition: a map of its size.
[[nodiscard]] bool fit_raw_depth(const DepthMap& raw, Grid& out);

}  // namespace streamkit::stereo

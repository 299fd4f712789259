#pragma once

#include <optional>
#include <streamkit/core/depth_estimator.hpp>

#include "stereo/plane_filters.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {

/// Brings a network's raw map to the size of `out`: means where it gets smaller, between the values
/// where it gets larger. Values that are not finite, or beyond 1e30, count for nothing; cells that
/// only such ones cover are filled from the cells around. False, with `out` undefined, when there
/// is nothing else. Precondition: a map of its size.
[[nodiscard]] bool fit_raw_depth(const DepthMap& raw, Grid& out);

/// The range in which `raw`, stretched, comes nearest to `depth`, by least squares with weights;
/// empty where the two are little alike. Precondition: grids of one size.
[[nodiscard]] std::optional<ValueRange> fitting_range(const Grid& raw, const Grid& depth,
                                                      const Grid& weights);

/// From raw depth to 0 to 1; 0.5 everywhere when the range is no wider than rounding makes it.
void stretch(Grid& depth, const ValueRange& range);

}  // namespace streamkit::stereo

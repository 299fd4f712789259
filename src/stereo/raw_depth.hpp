#pragma once

#include <optional>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>

#include "stereo/plane_filters.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {

/// Errors: Internal (the number of values does not match the map's size).
[[nodiscard]] Result<void> check_raw_depth(const DepthMap& raw);

/// Resizes a network's raw map to that of `out`: means when it gets smaller, interpolation when it
/// gets larger. Values that are not finite, or beyond 1e30, are ignored; cells that only such
/// values cover are filled from the cells around. Returns false, with `out` undefined, if there are
/// no other values.
/// Precondition: a map of its size.
[[nodiscard]] bool fit_raw_depth(const DepthMap& raw, Grid& out);

/// Returns the range in which the stretched `raw` comes nearest to `depth`, by least squares with
/// weights; nothing if the two are not similar enough.
/// Precondition: grids of one size.
[[nodiscard]] std::optional<ValueRange> fitting_range(const Grid& raw, const Grid& depth,
                                                      const Grid& weights);

/// Converts raw depth to 0 to 1; 0.5 everywhere if the range is within rounding errors.
void stretch(Grid& depth, const ValueRange& range);

}  // namespace streamkit::stereo

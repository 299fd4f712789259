#pragma once

#include <array>
#include <streamkit/core/frame.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>
#include <vector>

namespace streamkit::stereo {

[[nodiscard]] bool is_known(float disparity);

/// Returns the values of the map with the unknown ones completed: along each row from both sides,
/// in a straight line if these are one surface, else from the farther one, because what only one
/// camera sees is behind; then by the median of the pixels around, weighted by their similarity.
/// Precondition: the map has the size of the image and a known value.
[[nodiscard]] std::vector<float> complete_disparity(const std::array<VideoPlane, 3>& picture,
                                                    const DisparityMap& map);

}  // namespace streamkit::stereo

#pragma once

#include <array>
#include <streamkit/core/frame.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>
#include <vector>

namespace streamkit::stereo {

[[nodiscard]] bool is_known(float disparity);

/// The map's values with the unknown ones made up: along each row from both sides, in a straight
/// line where these are one surface, else from the farther one, for what was not seen twice lies
/// behind; then by the median of what is around, weighted by how alike the pixels are.
/// Precondition: the map has the picture's size and a known value.
[[nodiscard]] std::vector<float> complete_disparity(const std::array<VideoPlane, 3>& picture,
                                                    const DisparityMap& map);

}  // namespace streamkit::stereo

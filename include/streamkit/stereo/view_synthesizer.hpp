#pragma once

#include <array>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit::stereo {

/// Measured disparity of a rectified pair's left picture: a pixel at column x is seen at column
/// x - value in the right one. Row-major, `width_px * height_px` values in pixels. What is not
/// finite or 0 is unknown.
struct STREAMKIT_API DisparityMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

struct STREAMKIT_API SynthesisOptions {
  /// Columns by which what is near grows to each side, 0 to 16: 1 where the disparity's edges are
  /// true, more where they are off. More hides halos and cuts off background.
  int edge_dilation_px = 1;
};

/// Draws the right view of a left picture, with the warp and the fill of ForwardWarpRenderer but
/// all of the disparity on one eye. Takes any three 8-bit planes of one size (RGB or 4:4:4).
/// Unknown disparity is taken from alike pixels around, from the background where things part.
/// Precondition: all planes are of one size, from 1 to 16384 a side.
/// Errors: InvalidArgument (the map is of another size, has no known value, or one beyond the
/// picture's width; an option out of its range).
STREAMKIT_API Result<void> synthesize_right_view(const std::array<VideoPlane, 3>& left,
                                                 const DisparityMap& disparity,
                                                 const SynthesisOptions& options,
                                                 const std::array<WritablePlane, 3>& right);

}  // namespace streamkit::stereo

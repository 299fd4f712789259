#pragma once

#include <array>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit::stereo {

/// Measured disparity of the left image of a rectified pair: a pixel at column x appears at column
/// x - value in the right one. Row-major, `width_px * height_px` values in pixels. A value that is
/// 0 or not finite is unknown.
struct STREAMKIT_API DisparityMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

struct STREAMKIT_API SynthesisOptions {
  /// Columns by which near objects grow to each side, 0 to 16: 1 if the edges of the disparity are
  /// exact, more if they are not. A larger value hides halos and cuts off background.
  int edge_dilation_px = 1;
};

/// Renders the right view of a left image, with the warp and the fill of ForwardWarpRenderer but
/// with all of the disparity on one eye. Accepts any three 8-bit planes of one size (RGB or 4:4:4).
/// Unknown disparity is taken from similar pixels nearby, and from the background at edges.
/// Precondition: all planes are of one size, from 1 to 16384 a side.
/// Errors: InvalidArgument (the map has another size, no known value, or one beyond the width of
/// the image; an option out of its range).
STREAMKIT_API Result<void> synthesize_right_view(const std::array<VideoPlane, 3>& left,
                                                 const DisparityMap& disparity,
                                                 const SynthesisOptions& options,
                                                 const std::array<WritablePlane, 3>& right);

}  // namespace streamkit::stereo

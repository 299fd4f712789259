#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

/// Enlarges a depth map to its picture's size so that its edges follow the picture's: around each
/// place depth is a linear function of brightness, found at the map's size and applied at the
/// picture's. Values stay within those of the map.
/// Errors: Unsupported (pixel format); InvalidArgument (an empty map, or one larger than the
/// picture).
/// Source: K. He, J. Sun, "Fast Guided Filter", arXiv 1505.00996.
STREAMKIT_API [[nodiscard]] Result<DepthMap> upsample_depth(const VideoFrame& frame,
                                                            const DepthMap& depth);

}  // namespace streamkit::stereo

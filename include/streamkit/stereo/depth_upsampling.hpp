#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

/// Enlarges a depth map to the size of its frame so that its edges follow those of the frame:
/// around each pixel, depth is a linear function of brightness, computed at the map's size and
/// applied at the frame's. Values stay within those of the map.
/// Errors: Unsupported (pixel format); InvalidArgument (an empty map, or one larger than the
/// frame).
/// Source: K. He, J. Sun, "Fast Guided Filter", arXiv 1505.00996.
STREAMKIT_API Result<DepthMap> upsample_depth(const VideoFrame& frame, const DepthMap& depth);

}  // namespace streamkit::stereo

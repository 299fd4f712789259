#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/media/still_picture.hpp>

namespace streamkit::worker {

/// An image in one grey.
[[nodiscard]] media::RgbPicture blank_image(int width_px, int height_px, std::uint8_t value);

/// A frame in RGB, scaled to `width_px` in proportion; of its width only `left` to `left + share`.
[[nodiscard]] media::RgbPicture rgb_of(const VideoFrame& frame, double left, double share,
                                       int width_px);

/// Depth as colours: blue is farthest, then cyan, green, yellow, and red is nearest.
[[nodiscard]] media::RgbPicture false_colour(const DepthMap& depth, int width_px, int height_px);

}  // namespace streamkit::worker

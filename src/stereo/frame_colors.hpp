#pragma once

#include <cstdint>
#include <streamkit/core/frame.hpp>
#include <vector>

#include "stereo/black_bars.hpp"
#include "stereo/color_picture.hpp"

namespace streamkit::stereo {

/// Resizes a part of a frame and converts it to colours, in integers: means of the area that a
/// pixel covers, interpolation where the part is smaller. Holds its scratch memory for the next
/// call.
class FrameColors {
 public:
  /// Fills `out`, whose width and height are set. Precondition: I420; an area of the frame.
  void read(const VideoFrame& frame, const FrameArea& area, ColorPicture& out);

 private:
  void resample(const VideoPlane& plane, const FrameArea& area, const ColorPicture& size,
                std::vector<std::uint16_t>& out);

  std::vector<std::uint16_t> planes_[3];
  std::vector<std::uint32_t> row_;
};

}  // namespace streamkit::stereo

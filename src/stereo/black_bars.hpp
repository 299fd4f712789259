#pragma once

#include <streamkit/core/frame.hpp>

namespace streamkit::stereo {

/// A part of a frame, in luma pixels. Left and top are even, so that it is one of the chroma, too.
struct FrameArea {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;

  friend bool operator==(const FrameArea&, const FrameArea&) = default;
};

/// Returns the frame without the black bars above and below it (letterbox) or beside it
/// (pillarbox). Bars come in pairs of similar size, and end in a straight edge next to
/// what is not black. Noise, and a logo or a short caption on a bar, do not matter. A frame that is
/// black is returned whole. Precondition: I420.
[[nodiscard]] FrameArea area_within_bars(const VideoFrame& frame);

}  // namespace streamkit::stereo

#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>

namespace streamkit::stereo {

/// Gives frames of 10 bits the 8 upper ones only, for whatever looks at frames and does not show
/// them: depth, and edges. Keeps its memory.
class FrameReducer {
 public:
  /// Frames of 8 bits are returned as they are.
  [[nodiscard]] VideoFrame reduce(const VideoFrame& frame) { return reduce(frame, 3); }
  /// Only luma is reduced; chroma is not defined.
  [[nodiscard]] VideoFrame reduce_luma(const VideoFrame& frame) { return reduce(frame, 1); }

 private:
  VideoFrame reduce(const VideoFrame& frame, int planes);

  FramePool pool_;
};

}  // namespace streamkit::stereo

#pragma once

#include <streamkit/core/depth_estimator.hpp>

#include "stereo/plane_filters.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {

/// Fits cues to depth to the edges of the frame, smooths them over time, and computes the depth map
/// from them. Values that are kept between frames are quantized like a DepthState.
class SteadyDepth {
 public:
  /// Processes the cues of the next frame and replaces them by cues that follow its edges. `decay`
  /// is the share of the previous values that is kept.
  void update(Grid& cues, const Grid& luma, float decay);
  /// Moves the values so far along with the video: `move` does it in place.
  template <typename Move>
  void carry(Move move) {
    move(values_);
  }
  /// Begins anew with the next frame.
  void reset() { started_ = false; }
  /// Restores what values() and range() returned.
  void restore(Grid values, ValueRange range);

  /// Whether there was a frame since reset().
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] const Grid& values() const { return values_; }
  [[nodiscard]] ValueRange range() const { return range_; }
  /// Stretches the range of the values to depth from 0 to 1. Precondition: started().
  void write(DepthMap& depth) const;

 private:
  void follow_edges(Grid& cues, const Grid& luma);

  GuidedFilter filter_;
  GuidedModel model_;
  Grid values_;
  ValueRange range_;
  bool started_ = false;
};

}  // namespace streamkit::stereo

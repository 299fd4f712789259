#pragma once

#include <streamkit/core/depth_estimator.hpp>

#include "stereo/plane_filters.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {

/// Cues to depth, made to follow the frame's edges and smoothed over time, and the depth map that
/// comes of them. What outlives a frame is quantized as a DepthState is.
class SteadyDepth {
 public:
  /// Takes the next frame's cues, which become those that follow its edges. `decay` is the share
  /// of what was that stays.
  void update(Grid& cues, const Grid& luma, float decay);
  /// Begins anew with the next frame.
  void reset() { started_ = false; }
  /// Goes on with what values() and range() returned.
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

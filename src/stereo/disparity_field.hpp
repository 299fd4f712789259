#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Positions in a row are in 1/256 pixel.
inline constexpr int kSubpixelBits = 8;
inline constexpr int kSubpixel = 1 << kSubpixelBits;

/// How far the left eye's pixels move to the right; the right eye's move as far to the left.
struct DisparityScale {
  float pixels_per_depth = 0;
  float convergence = 0;
};

/// One frame's depth at the frame's own width, read from the top, one row for each pair of luma
/// rows. Bilinear; where the map is much smaller than the frame it is fitted to the luma's edges
/// first and foregrounds grow by a pixel, so that an edge's mixed colours stay with what is before.
class DisparityField {
 public:
  /// Both are read until the last row(). Non-finite depth counts as the convergence plane.
  void begin(const VideoFrame& frame, const DepthMap& depth, DisparityScale scale);
  /// Shifts of luma rows `2 * pair` and `2 * pair + 1`, kSubpixel to the pixel.
  /// Precondition: pairs come in rising order.
  void row(int pair, std::vector<std::int32_t>& shifts);

 private:
  struct Sampler {
    std::vector<std::int32_t> cell;
    std::vector<float> share;
  };
  // A grid with its rows stretched to the frame's width, two at a time.
  struct Stretched {
    const Grid* grid = nullptr;
    int top = -1;
    std::vector<float> upper = {};
    std::vector<float> lower = {};
  };
  void stretch(Stretched& rows, int top) const;

  VideoPlane luma_;
  DisparityScale scale_;
  bool guided_ = false;
  Grid depth_, guide_;
  GuidedModel model_;
  GuidedFilter filter_;
  Sampler columns_;
  Stretched plain_, slope_;
  std::vector<std::int32_t> grown_;
};

}  // namespace streamkit::stereo

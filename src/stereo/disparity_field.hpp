#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"
#include "stereo/row_warp.hpp"

namespace streamkit::stereo {

/// Converts depth to shifts: the distance by which the left eye's pixels move to the right; the
/// right eye's move as far to the left.
struct DisparityScale {
  float pixels_per_depth = 0;
  float convergence = 0;
  /// Added to every shift.
  float offset_px = 0;
  /// Depth d is replaced by d / (d + near_scale * (1 - d)).
  float near_scale = 1;
  int grow_x_px = 0;
  int grow_y_px = 0;
  /// Whether shifts fade to 0 towards the left and right edge of the frame.
  bool fades_at_edges = false;
};

/// Interpolates the depth of one frame to the frame's width, with one row for each pair of luma
/// rows. The interpolation is bilinear; if the map is much smaller than the frame, it follows the
/// edges of the luma.
/// Thread-safety: row() by several threads, each with a Cursor of its own.
class DisparityField {
 private:
  // Two neighbouring rows of a grid, interpolated to a little more than the frame's width.
  struct Stretched {
    int top = -1;
    std::vector<float> upper = {};
    std::vector<float> lower = {};
  };

 public:
  /// What one thread keeps from row to row. Call start() for each frame.
  class Cursor {
   public:
    void start() { plain_.top = slope_.top = -1; }

   private:
    friend class DisparityField;
    Stretched plain_, slope_;
    std::vector<std::int32_t> scratch_;
  };

  /// Both are read until the last row(). Depth that is not finite is replaced by the convergence
  /// plane.
  void begin(const VideoFrame& frame, const DepthMap& depth, const DisparityScale& scale);
  /// Returns the shifts of luma rows `2 * pair` and `2 * pair + 1`, in 1/kSubpixel of a pixel.
  /// Pairs in ascending order are fastest.
  void row(int pair, Cursor& cursor, std::vector<std::int32_t>& shifts) const;

 private:
  // The columns between each two cells: begins[i] is the first column between cell i and the next
  // one, share[x] the weight of the next one in column x.
  struct Columns {
    std::vector<std::int32_t> begins;
    std::vector<float> share;
  };
  void load(const DepthMap& depth);
  void plan_columns(int cells);
  void stretch(const Grid& grid, int top, Stretched& rows) const;
  void plain_row(const Stretched& plain, float share, std::vector<std::int32_t>& shifts) const;

  VideoPlane luma_;
  DisparityScale scale_;
  bool guided_ = false;
  Grid depth_, guide_;
  GuidedModel model_;
  GuidedFilter filter_;
  Columns columns_;
  // The share of its shift that each column keeps; empty if every column keeps all of it.
  std::vector<float> fade_;
};

}  // namespace streamkit::stereo

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
  /// Depth d counts as d / (d + near_scale * (1 - d)).
  float near_scale = 1;
  int grow_x_px = 0;
  int grow_y_px = 0;
  /// Whether shifts fade out towards the picture's left and right edge.
  bool fades_at_edges = false;
};

/// One frame's depth at the frame's own width, one row for each pair of luma rows. Bilinear; where
/// the map is much smaller than the frame it is fitted to the luma's edges.
/// Thread-safety: row() by several threads, each with a Cursor of its own.
class DisparityField {
 private:
  // A grid with its rows stretched to the frame's width and a little more, two at a time.
  struct Stretched {
    int top = -1;
    std::vector<float> upper = {};
    std::vector<float> lower = {};
  };

 public:
  /// What one thread keeps from row to row, to be renewed by start() for each frame.
  class Cursor {
   public:
    void start() { plain_.top = slope_.top = -1; }

   private:
    friend class DisparityField;
    Stretched plain_, slope_;
    std::vector<std::int32_t> scratch_;
  };

  /// Both are read until the last row(). Non-finite depth counts as the convergence plane.
  void begin(const VideoFrame& frame, const DepthMap& depth, const DisparityScale& scale);
  /// Shifts of luma rows `2 * pair` and `2 * pair + 1`, kSubpixel to the pixel. Pairs in rising
  /// order are fastest.
  void row(int pair, Cursor& cursor, std::vector<std::int32_t>& shifts) const;

 private:
  // Which columns lie between which cells: begins[i] is the first one between cell i and the next,
  // share[x] how far column x is on the way.
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
  // The share of its shift that a column keeps; empty: all of it.
  std::vector<float> fade_;
};

}  // namespace streamkit::stereo

#pragma once

#include <cstddef>
#include <streamkit/core/frame.hpp>
#include <vector>

namespace streamkit::stereo {

/// A small image of floats, row-major.
struct Grid {
  int width = 0;
  int height = 0;
  std::vector<float> values = {};

  void resize(int new_width, int new_height) {
    width = new_width;
    height = new_height;
    values.resize(static_cast<std::size_t>(new_width) * static_cast<std::size_t>(new_height));
  }
  [[nodiscard]] float* row(int y) { return values.data() + std::ptrdiff_t{y} * width; }
  [[nodiscard]] const float* row(int y) const { return values.data() + std::ptrdiff_t{y} * width; }
  [[nodiscard]] bool same_size(const Grid& other) const {
    return width == other.width && height == other.height;
  }
};

/// Sets the size of `out` to square cells of a plane: the smallest cells that keep the longer side
/// within `longest_side`, and at least one cell. The values are undefined.
void resize_to_cells(const VideoPlane& plane, int longest_side, Grid& out);

/// Computes means from 0 to 1 over equal cells of a plane.
/// Precondition: `out` is sized, and not larger than the plane. Only every second row of tall cells
/// is read, and fewer rows of very tall ones.
void downsample_mean(const VideoPlane& plane, Grid& out);

/// Computes means of the absolute difference of horizontal neighbours: the fine detail that
/// downsample_mean() averages away.
void downsample_detail(const VideoPlane& plane, Grid& out);

/// Computes means over a square window of `2 * radius + 1`, limited to the grid. `out` may be `in`.
void box_blur(const Grid& in, int radius, Grid& out);

/// The linear model of `signal` in `guide` around each cell: signal = slope * guide + offset.
/// Source: K. He, J. Sun, "Fast Guided Filter", arXiv 1505.00996.
struct GuidedModel {
  Grid slope = {};
  Grid offset = {};
};

/// Fits GuidedModel in windows of `radius`. A larger `epsilon` keeps less of the guide's texture.
/// Keeps its scratch memory for the next call.
class GuidedFilter {
 public:
  void fit(const Grid& signal, const Grid& guide, int radius, float epsilon, GuidedModel& model);

 private:
  Grid mean_guide_, mean_signal_, correlation_, product_;
};

}  // namespace streamkit::stereo

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

#include "capture/scene_palette.hpp"
#include "capture/scene_tone_map.hpp"

namespace streamkit::capture {

/// The part of one line of the frame that a shape covers; empty if right <= left.
struct Span {
  float left = 0;
  float right = 0;
};

/// A shape that covers one span per line. It is sampled on four lines per row of pixels, so that
/// its edges are smooth.
struct Silhouette {
  static constexpr int kLinesPerRow = 4;

  /// This and the number of rows are even, because chroma covers pairs of rows.
  int top_row = 0;
  std::vector<Span> lines = {};

  [[nodiscard]] int rows() const { return static_cast<int>(lines.size()) / kLinesPerRow; }
};

/// Calls `span_at(y)` for the lines between `top` and `bottom` that are inside the frame.
template <typename SpanAt>
Silhouette make_silhouette(double top, double bottom, int picture_height, SpanAt span_at) {
  Silhouette shape;
  shape.top_row = static_cast<int>(std::clamp<double>(top, 0, picture_height)) & ~1;
  const int end = (static_cast<int>(std::clamp<double>(bottom, 0, picture_height)) + 2) & ~1;
  const int rows = std::max(std::min(end, picture_height) - shape.top_row, 0);
  shape.lines.resize(static_cast<std::size_t>(rows * Silhouette::kLinesPerRow));
  for (std::size_t i = 0; i < shape.lines.size(); ++i) {
    const double y = shape.top_row + (static_cast<double>(i) + 0.5) / Silhouette::kLinesPerRow;
    if (y >= top && y < bottom) shape.lines[i] = span_at(y);
  }
  return shape;
}

/// A quantity that changes linearly over the frame.
struct Plane {
  double at_zero = 0;
  double per_x = 0;
  double per_y = 0;

  [[nodiscard]] double at(double x, double y) const { return at_zero + per_x * x + per_y * y; }
};

/// A texture on a surface, with the texel coordinates `u / w` and `v / w`.
struct Layer {
  const ToneMap* tones = nullptr;
  Plane u = {};
  Plane v = {};
};

/// The appearance of a flat object inside its silhouette.
struct Surface {
  /// The inverse of the distance, 1/Z.
  Plane w = {};
  Layer layer = {};
  /// Multiplies the tones of `layer`; without tones, there is no shading.
  Layer shading = {};
  Palette palette = {};
};

/// Paints the surface over the frame, inside the silhouette.
void fill(const Silhouette& shape, const Surface& surface, const WritableFrame& frame);

/// Writes the depth of the pixels of which at least half is covered.
void fill_depth(const Silhouette& shape, const Plane& w, DepthMap& depth);

}  // namespace streamkit::capture

#include "capture/scene_raster.hpp"

#include <algorithm>
#include <span>

#include "capture/scene_view.hpp"

namespace streamkit::capture {
namespace {

constexpr int kFull = 256;

// The part of one row of pixels, or of chroma samples, which are two pixels wide, that a shape
// covers.
class RowCover {
 public:
  RowCover(std::span<const Span> lines, float pixels_per_sample, int width)
      : lines_(lines), scale_(1 / pixels_per_sample) {
    float left = static_cast<float>(width);
    float right = 0;
    float inner_left = 0;
    float inner_right = static_cast<float>(width);
    for (const Span& line : lines) {
      if (line.right > line.left) {
        left = std::min(left, line.left * scale_);
        right = std::max(right, line.right * scale_);
      }
      inner_left = std::max(inner_left, line.left * scale_);
      inner_right = std::min(inner_right, line.right * scale_);
    }
    begin = static_cast<int>(std::max(left, 0.0F));
    end = static_cast<int>(std::ceil(std::min(right, static_cast<float>(width))));
    solid_begin = static_cast<int>(std::ceil(std::min(inner_left, static_cast<float>(width))));
    solid_end = static_cast<int>(std::max(inner_right, 0.0F));
    if (solid_begin >= solid_end) solid_begin = solid_end = end;
  }

  [[nodiscard]] int at(int x) const {
    float covered = 0;
    const auto pixel = static_cast<float>(x);
    for (const Span& line : lines_) {
      covered += std::max(
          std::min(line.right * scale_, pixel + 1) - std::max(line.left * scale_, pixel), 0.0F);
    }
    return static_cast<int>(covered * kFull / static_cast<float>(lines_.size()));
  }

  int begin;
  int end;
  int solid_begin;
  int solid_end;

 private:
  std::span<const Span> lines_;
  float scale_;
};

std::span<const Span> lines_of(const Silhouette& shape, int first_row, int rows) {
  constexpr auto kLines = static_cast<std::size_t>(Silhouette::kLinesPerRow);
  return std::span(shape.lines)
      .subspan(static_cast<std::size_t>(first_row) * kLines,
               static_cast<std::size_t>(rows) * kLines);
}

// Calls `put(x, cover)` for every sample of the row that is at least partly covered.
template <typename Put>
void for_each_covered(const RowCover& row, Put put) {
  for (int x = row.begin; x < row.solid_begin; ++x) put(x, row.at(x));
  for (int x = row.solid_begin; x < row.solid_end; ++x) put(x, kFull);
  for (int x = row.solid_end; x < row.end; ++x) put(x, row.at(x));
}

std::uint8_t laid_over(std::uint8_t below, std::uint8_t above, int cover) {
  return static_cast<std::uint8_t>(below + (((above - below) * cover + kFull / 2) >> 8));
}

// Reads a layer's tones along rows, at the level that fits the density of the texels.
class LayerReader {
 public:
  // (x, y) is a point of the surface, `pixels` the distance between two samples.
  LayerReader(const Layer& layer, const Plane& w, double x, double y, int pixels)
      : layer_(layer), w_(w) {
    const double inverse = 1 / w.at(x, y);
    const double u = layer.u.at(x, y) * inverse;
    const double v = layer.v.at(x, y) * inverse;
    const auto change = [&](const Plane& plane, double value) {
      return std::max(std::abs(plane.per_x - value * w.per_x),
                      std::abs(plane.per_y - value * w.per_y)) *
             std::abs(inverse) * pixels;
    };
    level_ = layer.tones->level(halvings(change(layer.u, u)), halvings(change(layer.v, v)));
    scale_u_ = static_cast<double>(1 << level_.width_log2) / layer.tones->width();
    scale_v_ = static_cast<double>(1 << level_.height_log2) / layer.tones->height();
  }

  void read(double x, double y, double step, int count, std::uint8_t* out) const {
    if (w_.per_x == 0) {
      const double inverse = 1 / w_.at(x, y);
      sample_tones(level_, layer_.u.at(x, y) * inverse * scale_u_,
                   layer_.v.at(x, y) * inverse * scale_v_,
                   layer_.u.per_x * step * inverse * scale_u_,
                   layer_.v.per_x * step * inverse * scale_v_, count, out);
      return;
    }
    for (int i = 0; i < count; ++i, x += step) {
      const double inverse = 1 / w_.at(x, y);
      sample_tones(level_, layer_.u.at(x, y) * inverse * scale_u_,
                   layer_.v.at(x, y) * inverse * scale_v_, 0, 0, 1, out + i);
    }
  }

 private:
  const Layer& layer_;
  const Plane& w_;
  ToneMap::Level level_ = {};
  double scale_u_ = 1;
  double scale_v_ = 1;
};

class SurfaceReader {
 public:
  SurfaceReader(const Surface& surface, double x, double y, int pixels)
      : base_(surface.layer, surface.w, x, y, pixels),
        shading_(surface.shading.tones != nullptr ? surface.shading : surface.layer, surface.w, x,
                 y, pixels),
        shaded_(surface.shading.tones != nullptr) {}

  // Returns the tones of `count` samples, valid until the next call.
  const std::vector<std::uint8_t>& read(double x, double y, double step, int count) {
    tones_.resize(static_cast<std::size_t>(count));
    base_.read(x, y, step, count, tones_.data());
    if (!shaded_) return tones_;
    shade_.resize(tones_.size());
    shading_.read(x, y, step, count, shade_.data());
    for (std::size_t i = 0; i < tones_.size(); ++i) {
      tones_[i] = static_cast<std::uint8_t>(tones_[i] * shade_[i] / 255);
    }
    return tones_;
  }

 private:
  LayerReader base_;
  LayerReader shading_;
  bool shaded_;
  std::vector<std::uint8_t> tones_;
  std::vector<std::uint8_t> shade_;
};

// Returns a point that is certainly inside the shape: the middle of its middle line.
std::pair<double, double> middle_of(const Silhouette& shape) {
  for (std::size_t n = 0; n < shape.lines.size(); ++n) {
    const std::size_t i = (shape.lines.size() / 2 + n) % shape.lines.size();
    const Span& line = shape.lines[i];
    if (line.right > line.left) {
      return {(line.left + line.right) / 2,
              shape.top_row + (static_cast<double>(i) + 0.5) / Silhouette::kLinesPerRow};
    }
  }
  return {0, shape.top_row};
}

void fill_luma(const Silhouette& shape, SurfaceReader reader, const Surface& surface,
               const WritablePlane& plane) {
  for (int i = 0; i < shape.rows(); ++i) {
    const RowCover cover(lines_of(shape, i, 1), 1, plane.width_px);
    if (cover.begin >= cover.end) continue;
    const int y = shape.top_row + i;
    const auto& tones = reader.read(cover.begin + 0.5, y + 0.5, 1, cover.end - cover.begin);
    std::uint8_t* row = plane.row(y);
    for_each_covered(cover, [&](int x, int share) {
      const std::uint8_t tone = tones[static_cast<std::size_t>(x - cover.begin)];
      row[x] = laid_over(row[x], surface.palette.y[tone], share);
    });
  }
}

void fill_chroma(const Silhouette& shape, SurfaceReader reader, const Surface& surface,
                 const WritablePlane& plane_u, const WritablePlane& plane_v) {
  for (int i = 0; i + 1 < shape.rows(); i += 2) {
    const RowCover cover(lines_of(shape, i, 2), 2, plane_u.width_px);
    if (cover.begin >= cover.end) continue;
    const int y = shape.top_row + i;
    const auto& tones = reader.read(2 * cover.begin + 1, y + 1, 2, cover.end - cover.begin);
    std::uint8_t* row_u = plane_u.row(y / 2);
    std::uint8_t* row_v = plane_v.row(y / 2);
    for_each_covered(cover, [&](int x, int share) {
      const std::uint8_t tone = tones[static_cast<std::size_t>(x - cover.begin)];
      row_u[x] = laid_over(row_u[x], surface.palette.u[tone], share);
      row_v[x] = laid_over(row_v[x], surface.palette.v[tone], share);
    });
  }
}

}  // namespace

void fill(const Silhouette& shape, const Surface& surface, const WritableFrame& frame) {
  if (shape.lines.empty()) return;
  const auto [x, y] = middle_of(shape);
  fill_luma(shape, SurfaceReader(surface, x, y, 1), surface, frame.plane(0));
  fill_chroma(shape, SurfaceReader(surface, x, y, 2), surface, frame.plane(1), frame.plane(2));
}

void fill_depth(const Silhouette& shape, const Plane& w, DepthMap& depth) {
  for (int i = 0; i < shape.rows(); ++i) {
    const RowCover cover(lines_of(shape, i, 1), 1, depth.width_px);
    const int y = shape.top_row + i;
    float* row =
        &depth.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(depth.width_px)];
    for_each_covered(cover, [&](int x, int share) {
      if (share < kFull / 2) return;
      row[x] = static_cast<float>(std::clamp(kNearestM * w.at(x + 0.5, y + 0.5), 0.0, 1.0));
    });
  }
}

}  // namespace streamkit::capture

#include "stereo/eye_pair.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "stereo/samples.hpp"

namespace streamkit::stereo {
namespace {

void copy(const VideoFrame& frame, const ViewPlanes& to) {
  const SourcePlanes& from = frame.planes;
  const int sample_bytes = bytes_per_sample(frame.format.pixel_format);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto bytes = static_cast<std::size_t>(from[i].width_px * sample_bytes);
    for (int y = 0; y < from[i].height_px; ++y) {
      std::memcpy(to[i].row(y), from[i].row(y), bytes);
    }
  }
}

}  // namespace

EyePair::EyePair(const StereoOptions& options)
    : options_(options),
      pool_(options.threads),
      lanes_(static_cast<std::size_t>(options.threads)),
      convergence_(static_cast<float>(options.convergence)) {
  if (options.automatic_convergence) follower_.emplace();
}

void EyePair::begin(const VideoFrame& frame, const DepthMap& depth) {
  frame_ = frame;
  guide_ = reducer_.reduce_luma(frame);
  depth_ = &depth;
  if (follower_) convergence_ = follower_->follow(guide_.planes[0], depth);
}

Bytes EyePair::save_state() const { return follower_ ? follower_->save_state() : Bytes{}; }

Result<void> EyePair::load_state(std::span<const std::uint8_t> state) {
  if (follower_) return follower_->load_state(state);
  if (state.empty()) return {};
  return Error{ErrorCode::Unsupported, "a fixed convergence does not support saved state"};
}

DisparityScale EyePair::scale() const {
  const bool both = options_.synthetic_view == SyntheticView::Both;
  const double percent = frame_.format.width_px / (both ? 200.0 : 100.0);
  DisparityScale scale;
  scale.pixels_per_depth = static_cast<float>(options_.divergence * percent);
  scale.offset_px = static_cast<float>(-options_.ipd_offset * percent);
  scale.near_scale = static_cast<float>(std::exp2(options_.foreground_scale));
  // The depth at the screen is scaled like all others, so that the same objects stay at the screen.
  const float plane = convergence_;
  scale.convergence = plane / (plane + scale.near_scale * (1 - plane));
  scale.grow_x_px = options_.edge_dilation_x_px;
  scale.grow_y_px = options_.edge_dilation_y_px;
  scale.fades_at_edges = options_.screen_edge == ScreenEdge::Preserve;
  return scale;
}

template <typename Work>
void EyePair::in_bands(const Work& work) {
  const int rows = (frame_.format.height_px + 1) / 2;
  const int bands = pool_.bands();
  pool_.run([&](int band) {
    work(rows * band / bands, rows * (band + 1) / bands, lanes_[static_cast<std::size_t>(band)]);
  });
}

void EyePair::draw(const ViewPlanes* left, const ViewPlanes* right) {
  const SyntheticView synthetic = options_.synthetic_view;
  std::vector<View> views;
  if (left != nullptr && synthetic != SyntheticView::Right) {
    views.push_back({left, Eye::Left, &left_});
  }
  if (right != nullptr && synthetic != SyntheticView::Left) {
    views.push_back({right, Eye::Right, &right_});
  }
  if (left != nullptr && synthetic == SyntheticView::Right) copy(frame_, *left);
  if (right != nullptr && synthetic == SyntheticView::Left) copy(frame_, *right);
  if (!views.empty()) draw_warped(views);
  if (options_.screen_edge != ScreenEdge::FloatingWindow) return;
  with_samples(frame_.format.pixel_format, [&]<typename Sample>(Sample) {
    if (left != nullptr) draw_window<Sample>({left, Eye::Left, nullptr});
    if (right != nullptr) draw_window<Sample>({right, Eye::Right, nullptr});
  });
}

// Draws each pair of rows for both eyes before the next pair, while the source rows are in the
// cache.
void EyePair::draw_warped(const std::vector<View>& views) {
  field_.begin(guide_, *depth_, scale());
  for (const View& view : views) {
    view.warp->begin(frame_.planes, kLayout420, *view.place, view.eye,
                     (frame_.format.height_px + 1) / 2, frame_.format.pixel_format);
  }
  in_bands([&](int first, int last, Lane& lane) {
    lane.cursor.start();
    for (int row = first; row < last; ++row) {
      field_.row(row, lane.cursor, lane.shifts);
      for (const View& view : views) view.warp->warp(row, lane.shifts, lane.scratch);
    }
  });
  in_bands([&](int first, int last, Lane& lane) {
    for (int row = first; row < last; ++row) {
      for (const View& view : views) view.warp->fill(row, lane.scratch);
    }
  });
}

// Draws a bar at the left of the left view, and at the right of the right one. The edge of the
// window is then seen at the depth of the nearest objects. Columns that the bar covers in part are
// darkened in part, so that it follows convergence without steps.
template <typename Sample>
void EyePair::draw_window(const View& view) const {
  const DisparityScale nearest = scale();
  const float eyes = options_.synthetic_view == SyntheticView::Both ? 2 : 1;
  const float shift = (1 - nearest.convergence) * nearest.pixels_per_depth + nearest.offset_px;
  const float bar = std::max(shift * eyes, 0.0F);
  for (std::size_t i = 0; i < view.place->size(); ++i) {
    const WritablePlane& plane = (*view.place)[i];
    const float covered = std::min(i == 0 ? bar : bar / 2, static_cast<float>(plane.width_px));
    const auto whole = static_cast<int>(covered);
    const auto share = static_cast<int>(std::lround((covered - static_cast<float>(whole)) * 256));
    const bool left = view.eye == Eye::Left;
    const int black = i == 0 ? black_of<Sample>(frame_.format) : kNeutral<Sample>;
    for (int y = 0; y < plane.height_px; ++y) {
      auto* row = row_of<Sample>(plane, y);
      std::fill_n(row + (left ? 0 : plane.width_px - whole), whole, static_cast<Sample>(black));
      if (share == 0) continue;
      Sample& part = row[left ? whole : plane.width_px - 1 - whole];
      part = static_cast<Sample>((part * (256 - share) + black * share + 128) / 256);
    }
  }
}

void EyePair::draw_source(const ViewPlanes& place) const { copy(frame_, place); }

void EyePair::draw_depth(const ViewPlanes& place) {
  with_samples(frame_.format.pixel_format,
               [&]<typename Sample>(Sample) { draw_depth_in<Sample>(place); });
}

template <typename Sample>
void EyePair::draw_depth_in(const ViewPlanes& place) {
  // At one pixel per unit of depth, the shifts are the depth in steps of 1/kSubpixel.
  field_.begin(guide_, *depth_, {.pixels_per_depth = 1});
  const bool full = frame_.format.range == ColorRange::Full;
  const int steps = full ? kLargest<Sample> : 219 << kMoreBits<Sample>;
  const int black = black_of<Sample>(frame_.format);
  const int height = frame_.format.height_px;
  in_bands([&](int first, int last, Lane& lane) {
    lane.cursor.start();
    for (int row = first; row < last; ++row) {
      field_.row(row, lane.cursor, lane.shifts);
      for (int y = 2 * row; y < std::min(2 * row + 2, height); ++y) {
        std::transform(lane.shifts.begin(), lane.shifts.end(), row_of<Sample>(place[0], y),
                       [&](std::int32_t depth) {
                         return static_cast<Sample>(
                             black + ((depth * steps + kSubpixel / 2) >> kSubpixelBits));
                       });
      }
    }
  });
  for (const std::size_t i : {1, 2}) {
    for (int y = 0; y < place[i].height_px; ++y) {
      std::fill_n(row_of<Sample>(place[i], y), place[i].width_px, kNeutral<Sample>);
    }
  }
}

}  // namespace streamkit::stereo

#include "stereo/view_warp.hpp"

#include <algorithm>
#include <cstddef>

#include "stereo/samples.hpp"
#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

// Converts positions to those of columns of half width: every second one, in chroma pixels.
STREAMKIT_SIMD_CLONES void halve(const std::vector<std::int32_t>& sources,
                                 std::vector<std::int32_t>& halved) {
  halved.resize((sources.size() + 1) / 2);
  const std::int32_t* __restrict from = sources.data();
  std::int32_t* __restrict to = halved.data();
  for (std::size_t x = 0; x < halved.size(); ++x) to[x] = from[2 * x] >> 1;
}

// Replaces each value by the maximum of its three, or five, neighbours.
STREAMKIT_SIMD_CLONES void grow_by_one(const std::int32_t* __restrict from,
                                       std::int32_t* __restrict to, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) {
    to[x] = std::max(std::max(from[x], from[x + 1]), from[x + 2]);
  }
}
STREAMKIT_SIMD_CLONES void grow_by_two(const std::int32_t* __restrict from,
                                       std::int32_t* __restrict to, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) {
    const std::int32_t inner = std::max(std::max(from[x + 1], from[x + 2]), from[x + 3]);
    to[x] = std::max(std::max(from[x], from[x + 4]), inner);
  }
}

}  // namespace

void grow_foreground(std::vector<std::int32_t>& shifts, int radius,
                     std::vector<std::int32_t>& scratch) {
  while (radius > 0 && !shifts.empty()) {
    const int step = std::min(radius, 2);
    const auto margin = static_cast<std::size_t>(step);
    scratch.resize(shifts.size() + 2 * margin);
    std::fill_n(scratch.begin(), margin, shifts.front());
    std::copy(shifts.begin(), shifts.end(), scratch.begin() + step);
    std::fill_n(scratch.end() - step, margin, shifts.back());
    (step == 2 ? grow_by_two : grow_by_one)(scratch.data(), shifts.data(), shifts.size());
    radius -= step;
  }
}

void ViewWarp::begin(const SourcePlanes& source, const PlaneLayouts& layouts,
                     const ViewPlanes& view, Eye eye, int shift_rows, PixelFormat format) {
  format_ = format;
  source_ = source;
  layouts_ = layouts;
  view_ = view;
  eye_ = eye;
  holes_.resize(static_cast<std::size_t>(shift_rows));
}

int ViewWarp::first_row(std::size_t plane, int row) const {
  return std::min(row << layouts_[plane].row_shift, source_[plane].height_px);
}

void ViewWarp::warp(int row, std::span<const std::int32_t> shifts, Scratch& scratch) {
  WarpedRow& warped = scratch.warped;
  invert_shifts(shifts, eye_, warped);
  holes_[static_cast<std::size_t>(row)].swap(warped.holes);
  scratch.samplers[0].plan(warped.sources, source_[0].width_px - 1);
  if (layouts_[1].column_shift != 0) {
    halve(warped.sources, scratch.halved);
    scratch.samplers[1].plan(scratch.halved, source_[1].width_px - 1);
  }
  for (std::size_t i = 0; i < source_.size(); ++i) {
    const RowSampler& sampler =
        scratch.samplers[static_cast<std::size_t>(layouts_[i].column_shift)];
    for (int y = first_row(i, row); y < first_row(i, row + 1); ++y) {
      with_samples(format_, [&]<typename Sample>(Sample) {
        sampler.sample(row_of<Sample>(source_[i], y), row_of<Sample>(view_[i], y));
      });
    }
  }
}

void ViewWarp::fill(int row, Scratch& scratch) const {
  for (std::size_t i = 0; i < source_.size(); ++i) {
    for (int y = first_row(i, row); y < first_row(i, row + 1); ++y) {
      with_samples(format_, [&]<typename Sample>(Sample) {
        scratch.filler.fill<Sample>(holes_, layouts_[i], source_[i], view_[i], y);
      });
    }
  }
}

}  // namespace streamkit::stereo

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

#include "stereo/hole_filler.hpp"
#include "stereo/row_sampler.hpp"
#include "stereo/row_warp.hpp"
#include "stereo/view_packing.hpp"

namespace streamkit::stereo {

using SourcePlanes = std::array<VideoPlane, 3>;
using PlaneLayouts = std::array<PlaneLayout, 3>;

/// 4:2:0 with a row of shifts for each pair of luma rows, so that chroma moves with its luma.
/// Chroma samples are at even columns. Source: ITU-T H.264, annex E.2.1, chroma_sample_loc_type 0.
inline constexpr PlaneLayouts kLayout420 = {{{1, 0}, {0, 1}, {0, 1}}};
/// Planes of equal size, with a row of shifts for each row.
inline constexpr PlaneLayouts kLayout444 = {};

/// Widens foreground by `radius` columns to each side, so that the mixed colours of an edge stay
/// with the foreground. `scratch` is scratch memory.
void grow_foreground(std::vector<std::int32_t>& shifts, int radius,
                     std::vector<std::int32_t>& scratch);

/// Draws one view of a frame: first all rows are warped, then all rows are filled.
/// Thread-safety: several threads may work on rows, each with a Scratch of its own.
class ViewWarp {
 public:
  /// Memory for the rows of one thread.
  struct Scratch {
    WarpedRow warped;
    std::vector<std::int32_t> halved;
    // For columns at full width, and at half width.
    std::array<RowSampler, 2> samplers;
    HoleFiller filler;
  };

  void begin(const SourcePlanes& source, const PlaneLayouts& layouts, const ViewPlanes& view,
             Eye eye, int shift_rows, PixelFormat format = PixelFormat::I420);
  /// Draws the pixels that row `row` of shifts covers. Rows may come in any order.
  void warp(int row, std::span<const std::int32_t> shifts, Scratch& scratch);
  /// Fills the holes of a row. All rows must be warped before.
  void fill(int row, Scratch& scratch) const;

 private:
  [[nodiscard]] int first_row(std::size_t plane, int row) const;

  PixelFormat format_ = PixelFormat::I420;  // for the size of the samples
  SourcePlanes source_;
  PlaneLayouts layouts_;
  ViewPlanes view_;
  Eye eye_ = Eye::Left;
  std::vector<std::vector<HoleRun>> holes_;
};

}  // namespace streamkit::stereo

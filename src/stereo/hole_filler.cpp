#include "stereo/hole_filler.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "stereo/samples.hpp"

namespace streamkit::stereo {
namespace {

// The number of rows above and below that contribute.
constexpr int kReach = 32;
// Two backgrounds whose depths differ by more than this, in pixels, are different surfaces.
constexpr int kSameDepth = 3;

// Pixels that differ by this, of 256, from the fill belong to another object and are not mirrored.
constexpr int kGrain = 64;
// From this number of columns on, a smooth fill is visible as a smear.
constexpr int kSmear = 16;

// Returns the weight, of 256, of a pixel `rows` rows away, in a column `depth` pixels deep in the
// hole. It follows the inverse of the squared distance, where the distance across the edge counts
// twice.
constexpr std::int32_t weight_of(int depth, int rows) {
  return 256 * depth * depth / (depth * depth + 4 * rows * rows);
}

using WeightTable = std::array<std::array<std::int32_t, kReach + 1>, kReach + 1>;
constexpr WeightTable kWeights = [] {
  WeightTable table{};
  for (int rows = 0; rows <= kReach; ++rows) {
    for (int depth = 1; depth <= kReach; ++depth) {
      table[static_cast<std::size_t>(rows)][static_cast<std::size_t>(depth)] =
          weight_of(depth, rows);
    }
  }
  return table;
}();

// A hole in the columns of one plane.
struct PlaneRun {
  PlaneRun(const HoleRun& hole, int column_shift, int width)
      : begin(scaled(hole.begin, column_shift)),
        end(std::min(scaled(hole.end, column_shift), width)),
        edge(hole.background_right ? std::min(scaled(hole.edge, column_shift), width - 1)
                                   : hole.edge >> column_shift),
        offset(hole.offset / (1 << column_shift)),
        background_right(hole.background_right) {}

  // Returns the first column of the plane at or after `column`.
  static int scaled(int column, int column_shift) {
    return (column + (1 << column_shift) - 1) >> column_shift;
  }
  [[nodiscard]] int depth(int x) const { return background_right ? end - x : x - begin + 1; }
  // Returns the column of the background that belongs at `x`, or is nearest to it.
  [[nodiscard]] int look(int x, int width) const {
    if (background_right) return std::clamp(x + offset, edge, width - 1);
    return std::clamp(x + offset, 0, edge);
  }
  // Returns whether the run is beyond the first or last pixel of the source.
  [[nodiscard]] bool beyond_source(int width) const {
    return background_right ? begin == 0 && edge == 0 : end == width && edge == width - 1;
  }
  // Returns the source column that a mirror at the edge of the source shows at `x`.
  [[nodiscard]] int mirrored(int x, int width) const {
    return std::clamp(background_right ? depth(x) : edge - depth(x), 0, width - 1);
  }

  int begin;
  int end;
  int edge;
  int offset;
  bool background_right;
};

// Returns half of the difference of `mirrored` from `fill`, and less where the difference is large
// or the edge is near.
template <typename Sample>
Sample with_grain(std::int32_t fill, std::int32_t mirrored, int depth) {
  constexpr std::int32_t kMost = kGrain << kMoreBits<Sample>;
  const std::int32_t step = mirrored - fill;
  const std::int32_t share = std::max(kMost - std::abs(step), 0) * std::min(depth, kSmear);
  return static_cast<Sample>(fill + step * share / (2 * kMost * kSmear));
}

// Returns the run of a neighbouring row that continues `run`, or null.
const HoleRun* continuation(const std::vector<HoleRun>& row, const HoleRun& run) {
  auto found = std::partition_point(row.begin(), row.end(),
                                    [&](const HoleRun& other) { return other.end < run.begin; });
  for (; found != row.end() && found->begin <= run.end; ++found) {
    if (found->background_right == run.background_right &&
        std::abs(found->offset - run.offset) <= kSameDepth) {
      return &*found;
    }
  }
  return nullptr;
}

}  // namespace

// Adds the pixels of the rows above, or below, where the same hole continues there.
template <typename Sample>
void HoleFiller::add_rows(const Place& place, const HoleRun& hole, int direction) {
  const auto [holes, layout, source, y] = place;
  const int width = source.width_px;
  const PlaneRun run(hole, layout.column_shift, width);
  const HoleRun* near = &hole;
  const int reach = std::min(kReach, 2 * (run.end - run.begin));
  for (int rows = 1; rows <= reach; ++rows) {
    const int other = y + direction * rows;
    if (other < 0 || other >= source.height_px) return;
    near = continuation(holes[static_cast<std::size_t>(other >> layout.row_shift)], *near);
    if (near == nullptr) return;
    const PlaneRun beside(*near, layout.column_shift, width);
    const Sample* pixels = row_of<Sample>(source, other);
    // Columns before the hole in that row belong to the foreground; near the edge only near rows
    // contribute.
    const int shallow = (rows + 1) / 2;
    const int first =
        run.background_right ? std::max(run.begin, beside.begin) : run.begin + shallow - 1;
    const int last = run.background_right ? run.end - shallow : std::min(run.end, beside.end) - 1;
    const auto& weights = kWeights[static_cast<std::size_t>(rows)];
    for (int x = first; x <= last; ++x) {
      const auto at = static_cast<std::size_t>(x - run.begin);
      const std::int32_t weight = weights[static_cast<std::size_t>(std::min(run.depth(x), kReach))];
      sums_[at] += weight * pixels[beside.look(x, width)];
      weights_[at] += weight;
    }
  }
}

template <typename Sample>
void HoleFiller::fill(std::span<const std::vector<HoleRun>> holes, PlaneLayout layout,
                      const VideoPlane& source, const WritablePlane& view, int y) {
  const int width = source.width_px;
  const auto* row = row_of<Sample>(source, y);
  auto* out = row_of<Sample>(view, y);
  for (const HoleRun& hole : holes[static_cast<std::size_t>(y >> layout.row_shift)]) {
    const PlaneRun run(hole, layout.column_shift, width);
    if (run.end <= run.begin) continue;
    const auto count = static_cast<std::size_t>(run.end - run.begin);
    sums_.assign(count, 256 * row[run.edge]);
    weights_.assign(count, 256);
    for (const int direction : {-1, 1})
      add_rows<Sample>({holes, layout, source, y}, hole, direction);
    // For subsampled chroma, grain would only tint what luma leaves unchanged.
    const bool grainy = layout.column_shift == 0 && run.beyond_source(width);
    for (int x = run.begin; x < run.end; ++x) {
      const auto at = static_cast<std::size_t>(x - run.begin);
      const std::int32_t fill = (sums_[at] + weights_[at] / 2) / weights_[at];
      out[x] = grainy ? with_grain<Sample>(fill, row[run.mirrored(x, width)], run.depth(x))
                      : static_cast<Sample>(fill);
    }
  }
}

template void HoleFiller::fill<std::uint8_t>(std::span<const std::vector<HoleRun>>, PlaneLayout,
                                             const VideoPlane&, const WritablePlane&, int);
template void HoleFiller::fill<std::uint16_t>(std::span<const std::vector<HoleRun>>, PlaneLayout,
                                              const VideoPlane&, const WritablePlane&, int);

}  // namespace streamkit::stereo

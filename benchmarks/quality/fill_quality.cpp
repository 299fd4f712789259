#include "quality/fill_quality.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numeric>

namespace streamkit::quality {

void FillScorer::add(const GreyPicture& made, const GreyPicture& real,
                     const std::vector<Seen>& seen) {
  std::vector<int> errors(made.values.size());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    errors[i] = int{made.values[i]} - int{real.values[i]};
    pixels_ += 1;
    if (seen[i] != kind_) continue;
    filled_ += 1;
    squares_ += errors[i] * errors[i];
    if (seen_.empty() || seen_[i] != kind_) continue;
    twice_ += 1;
    changes_ += std::abs(errors[i] - errors_[i]);
  }
  errors_ = std::move(errors);
  seen_ = seen;
}

FillScore FillScorer::score() const {
  return {10 * std::log10(255.0 * 255.0 * filled_ / squares_), changes_ / twice_,
          filled_ / pixels_};
}

GreyPicture stretch_wall(const GreyPicture& source, double wall_px, const std::vector<Seen>& seen,
                         bool wall_at_left) {
  const int width = source.width_px;
  const auto moved = static_cast<int>(std::lround(wall_px));
  GreyPicture view = source;
  for (int y = 0; y < source.height_px; ++y) {
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    for (int x = 0; x < width; ++x) {
      // Beyond the source's edge this is its last pixel.
      const int from = std::clamp(x - moved, 0, width - 1);
      view.values[row + static_cast<std::size_t>(x)] =
          source.values[row + static_cast<std::size_t>(from)];
    }
    for (int step = 1; step < width; ++step) {
      const int x = wall_at_left ? step : width - 1 - step;
      const std::size_t at = row + static_cast<std::size_t>(x);
      if (seen[at] == Seen::Hidden) view.values[at] = view.values[wall_at_left ? at - 1 : at + 1];
    }
  }
  return view;
}

void fill_with_mean(GreyPicture& view, const std::vector<Seen>& seen) {
  const double sum = std::accumulate(view.values.begin(), view.values.end(), 0.0);
  const auto mean =
      static_cast<std::uint8_t>(std::lround(sum / static_cast<double>(view.values.size())));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] != Seen::Both) view.values[i] = mean;
  }
}

}  // namespace streamkit::quality

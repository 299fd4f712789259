#include "stereo/disparity_completion.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>

namespace streamkit::stereo {
namespace {

// The ends of a gap belong to one surface if their disparities differ by less than this, in pixels.
constexpr float kOneSurface = 10;
// The number of rows and columns to each side in the window of the median.
constexpr int kRows = 6;
constexpr int kColumns = 2;
// The colour difference, in steps of 8 bits, that reduces the weight of a pixel to 1/e.
constexpr float kAlike = 12;
constexpr float kLeastWeight = 1e-4F;

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

// Fills the gap [begin, end) of a row of `width` values.
void bridge(float* row, int begin, int end, int width) {
  const float left = begin > 0 ? row[begin - 1] : kUnknown;
  const float right = end < width ? row[end] : kUnknown;
  const auto length = static_cast<float>(end - begin + 1);
  for (int x = begin; x < end; ++x) {
    if (std::isnan(left) || std::isnan(right)) {
      row[x] = std::isnan(left) ? right : left;
    } else if (std::abs(left - right) < kOneSurface) {
      row[x] = left + (right - left) * static_cast<float>(x - begin + 1) / length;
    } else {
      row[x] = std::min(left, right);
    }
  }
}

// Fills each row that has no known value with the nearest row that has one.
void copy_to_empty_rows(std::vector<float>& values, std::size_t width, int height) {
  const auto row = [&](int y) { return values.begin() + static_cast<std::ptrdiff_t>(width) * y; };
  const auto take = [&](int y, int from) {
    if (std::isnan(*row(y)) && !std::isnan(*row(from))) std::copy_n(row(from), width, row(y));
  };
  for (int y = 1; y < height; ++y) take(y, y - 1);
  for (int y = height - 2; y >= 0; --y) take(y, y + 1);
}

float difference(const std::array<VideoPlane, 3>& picture, int x0, int y0, int x1, int y1) {
  int sum = 0;
  for (const VideoPlane& plane : picture) {
    sum += std::abs(int{plane.row(y0)[x0]} - int{plane.row(y1)[x1]});
  }
  return static_cast<float>(sum) / 3;
}

class WeightedMedian {
 public:
  void clear() {
    candidates_.clear();
    total_ = 0;
  }
  void add(float value, float weight) {
    candidates_.emplace_back(value, weight);
    total_ += weight;
  }
  float value() {
    std::sort(candidates_.begin(), candidates_.end());
    float below = 0;
    for (const auto& [value, weight] : candidates_) {
      below += weight;
      if (below >= total_ / 2) return value;
    }
    return candidates_.back().first;
  }

 private:
  std::vector<std::pair<float, float>> candidates_;
  float total_ = 0;
};

}  // namespace

bool is_known(float disparity) { return std::isfinite(disparity) && disparity != 0; }

std::vector<float> complete_disparity(const std::array<VideoPlane, 3>& picture,
                                      const DisparityMap& map) {
  const auto width = static_cast<std::size_t>(map.width_px);
  std::vector<float> bridged = map.values;
  for (float& value : bridged) value = is_known(value) ? value : kUnknown;
  for (int y = 0; y < map.height_px; ++y) {
    float* row = bridged.data() + width * static_cast<std::size_t>(y);
    for (int x = 0; x < map.width_px;) {
      const int begin = x;
      while (x < map.width_px && std::isnan(row[x])) ++x;
      if (x > begin) bridge(row, begin, x, map.width_px);
      if (x == begin) ++x;
    }
  }
  copy_to_empty_rows(bridged, width, map.height_px);

  std::vector<float> completed = bridged;
  WeightedMedian median;
  for (int y = 0; y < map.height_px; ++y) {
    for (int x = 0; x < map.width_px; ++x) {
      const std::size_t here = width * static_cast<std::size_t>(y) + static_cast<std::size_t>(x);
      if (is_known(map.values[here])) continue;
      median.clear();
      for (int v = std::max(y - kRows, 0); v <= std::min(y + kRows, map.height_px - 1); ++v) {
        for (int u = std::max(x - kColumns, 0); u <= std::min(x + kColumns, map.width_px - 1);
             ++u) {
          const float weight = std::exp(-difference(picture, x, y, u, v) / kAlike) + kLeastWeight;
          median.add(bridged[width * static_cast<std::size_t>(v) + static_cast<std::size_t>(u)],
                     weight);
        }
      }
      completed[here] = median.value();
    }
  }
  return completed;
}

}  // namespace streamkit::stereo

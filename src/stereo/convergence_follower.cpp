#include "stereo/convergence_follower.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "stereo/depth_state.hpp"
#include "stereo/scene_cut.hpp"

namespace streamkit::stereo {
namespace {

// The size of the reduced luma that is_cut() compares.
constexpr int kColumns = 32;
constexpr int kRows = 18;
// The share of the remaining distance that automatic convergence moves with each frame: half of the
// way takes about one second.
constexpr float kFollow = 0.025F;
// The smallest move, so that rounding to what a state holds does not stop it short of its goal.
constexpr float kLeastFollow = 1.0F / 8192;

// Returns the median depth of the middle half of the map.
float middle_depth(const DepthMap& depth) {
  std::vector<float> values;
  for (int y = depth.height_px / 4; y < depth.height_px - depth.height_px / 4; ++y) {
    for (int x = depth.width_px / 4; x < depth.width_px - depth.width_px / 4; ++x) {
      const float value =
          depth.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(depth.width_px) +
                       static_cast<std::size_t>(x)];
      if (std::isfinite(value)) values.push_back(std::clamp(value, 0.0F, 1.0F));
    }
  }
  if (values.empty()) return 0.5F;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

float ConvergenceFollower::follow(const VideoPlane& luma, const DepthMap& depth) {
  Grid seen;
  seen.resize(std::min(kColumns, luma.width_px), std::min(kRows, luma.height_px));
  downsample_mean(luma, seen);
  quantize(seen);
  const float middle = middle_depth(depth);
  if (!seen.same_size(luma_) || is_cut(luma_, seen)) {
    convergence_ = quantize(middle);
  } else {
    const float way = middle - convergence_;
    const float most = std::max(kFollow * std::abs(way), kLeastFollow);
    convergence_ = quantize(convergence_ + std::clamp(way, -most, most));
  }
  luma_ = std::move(seen);
  return convergence_;
}

Bytes ConvergenceFollower::save_state() const {
  if (luma_.values.empty()) return {};
  return write_depth_state(DepthStateKind::Views, {.numbers = {convergence_}, .grids = {luma_}});
}

Result<void> ConvergenceFollower::load_state(std::span<const std::uint8_t> state) {
  luma_ = {};
  if (state.empty()) return {};
  auto read = read_depth_state(state, DepthStateKind::Views, 1, 1, kColumns);
  if (!read) return read.error();
  const float convergence = read->numbers.front();
  if (!(convergence >= 0 && convergence <= 1) || !holds_shares(read->grids.front())) {
    return Error{ErrorCode::CorruptData, "the state of the views contains invalid values"};
  }
  convergence_ = convergence;
  luma_ = std::move(read->grids.front());
  return {};
}

}  // namespace streamkit::stereo

#include "stereo/depth_fusion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "stereo/black_bars.hpp"
#include "stereo/depth_options.hpp"
#include "stereo/depth_state.hpp"
#include "stereo/grid_sampling.hpp"
#include "stereo/ramp.hpp"
#include "stereo/scene_cut.hpp"

namespace streamkit::stereo {
namespace {

// The numbers of a state before those of the scene: the range of the depth, what happened since the
// frame that was looked at last, and where its bars are.
constexpr std::size_t kNumbers = 9;
constexpr std::size_t kGrids = 3;
constexpr float kMiddle = 0.5F;
// Enough for the fastest pan over the longest wait.
constexpr int kMostMoved = 1024;
// Cells per frame that may be noise: what does not move stays as it is.
constexpr float kAtRest = 0.1F;

// The share of the depth so far that is kept when a frame is looked at: most of it where nearly the
// same is seen again, which is noise, and little where something else is, which is another object.
constexpr float kKeptOfNoise = 0.7F;
constexpr float kKeptOfChange = 0.1F;
constexpr float kNoise = 0.05F;
constexpr float kChange = 0.25F;

float kept_of(float difference) {
  return kKeptOfNoise + ramp(difference, kNoise, kChange) * (kKeptOfChange - kKeptOfNoise);
}

bool is_whole(float value, int least, int most) {
  return value >= static_cast<float>(least) && value <= static_cast<float>(most) &&
         value == std::floor(value) && !(value == 0 && std::signbit(value));
}

}  // namespace

DepthFusion::DepthFusion(int longest_side, float decay, int every_nth,
                         std::unique_ptr<NetworkPrior> network)
    : longest_side_(longest_side),
      decay_(decay),
      every_nth_(every_nth),
      has_network_(network != nullptr),
      scene_(std::move(network)) {}

Result<void> DepthFusion::update(const VideoFrame& frame, DepthMap& depth) {
  measure_cells(frame);
  const bool goes_on = steady_.started() && luma_.same_size(previous_) && !is_cut(previous_, luma_);
  if (!goes_on) {
    reset();
    scene_.reset();
    moved_x_ = moved_y_ = 0;
  } else {
    carry();
    ++since_;
  }
  if (!goes_on || since_ >= every_nth_) {
    if (auto seen = look(frame); !seen) {
      reset();
      return seen;
    }
  }
  scratch_ = depth_;
  flatten_bars(scratch_.values);
  steady_.update(scratch_, luma_, decay_);
  steady_.write(depth);
  flatten_bars(depth.values);
  return {};
}

void DepthFusion::measure_cells(const VideoFrame& frame) {
  const VideoPlane& plane = frame.planes[0];
  std::swap(luma_, previous_);
  resize_to_cells(plane, longest_side_, luma_);
  downsample_mean(plane, luma_);
  quantize(luma_);
}

void DepthFusion::find_bars(const VideoFrame& frame) {
  const FrameArea area = area_within_bars(frame);
  const VideoPlane& plane = frame.planes[0];
  const auto cells = [](int px, int count, int size) { return px * count / size; };
  const auto beyond = [](int px, int count, int size) { return (px * count + size - 1) / size; };
  lit_ = {cells(area.left, luma_.width, plane.width_px),
          beyond(area.left + area.width, luma_.width, plane.width_px),
          cells(area.top, luma_.height, plane.height_px),
          beyond(area.top + area.height, luma_.height, plane.height_px)};
}

void DepthFusion::flatten_bars(std::vector<float>& values) const {
  const auto width = static_cast<std::size_t>(luma_.width);
  for (int y = 0; y < luma_.height; ++y) {
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(y) * luma_.width;
    if (y < lit_.top || y >= lit_.bottom) {
      std::fill_n(row, width, kMiddle);
    } else {
      std::fill_n(row, lit_.left, kMiddle);
      std::fill(row + lit_.right, row + luma_.width, kMiddle);
    }
  }
}

Result<void> DepthFusion::look(const VideoFrame& frame) {
  find_bars(frame);
  if (auto seen = scene_.update(frame, luma_, moved_x_, moved_y_); !seen) return seen;
  const Grid& seen = scene_.depth();
  if (!steady_.started()) {
    depth_ = seen;
  } else {
    const float doubt = 1 - scene_.flatness();
    for (std::size_t i = 0; i < seen.values.size(); ++i) {
      const float difference = seen.values[i] - depth_.values[i];
      const float kept = doubt * kept_of(std::abs(difference)) * (1 - scene_.measured().values[i]);
      depth_.values[i] += (1 - kept) * difference;
    }
  }
  quantize(depth_);
  since_ = moved_x_ = moved_y_ = 0;
  return {};
}

void DepthFusion::carry() {
  motion_.find(previous_, luma_);
  moved_x_ = std::clamp(moved_x_ + motion_.shift_x(), -kMostMoved, kMostMoved);
  moved_y_ = std::clamp(moved_y_ + motion_.shift_y(), -kMostMoved, kMostMoved);
  from_.resize(luma_.values.size());
  std::size_t cell = 0;
  for (int y = 0; y < luma_.height; ++y) {
    const float* flow_x = motion_.flow_x().row(y);
    const float* flow_y = motion_.flow_y().row(y);
    for (int x = 0; x < luma_.width; ++x) {
      const float by_x = static_cast<float>(motion_.shift_x()) + flow_x[x];
      const float by_y = static_cast<float>(motion_.shift_y()) + flow_y[x];
      const bool rests = std::abs(by_x) < kAtRest && std::abs(by_y) < kAtRest;
      from_[cell++] = place_in(luma_, static_cast<float>(x) - (rests ? 0.0F : by_x),
                               static_cast<float>(y) - (rests ? 0.0F : by_y));
    }
  }
  const auto move = [&](Grid& grid) {
    scratch_.resize(grid.width, grid.height);
    for (std::size_t i = 0; i < from_.size(); ++i) scratch_.values[i] = between(grid, from_[i]);
    std::swap(grid.values, scratch_.values);
    quantize(grid);
  };
  move(depth_);
  steady_.carry(move);
}

Bytes DepthFusion::save() const {
  if (!steady_.started()) return {};
  const ValueRange range = steady_.range();
  DepthState state{
      {range.low, range.high, static_cast<float>(since_), static_cast<float>(moved_x_),
       static_cast<float>(moved_y_), static_cast<float>(lit_.left), static_cast<float>(lit_.right),
       static_cast<float>(lit_.top), static_cast<float>(lit_.bottom)},
      {luma_, steady_.values(), depth_}};
  scene_.save(state);
  return write_depth_state(has_network_ ? DepthStateKind::Fused : DepthStateKind::Cues, state);
}

Result<void> DepthFusion::load(std::span<const std::uint8_t> bytes) {
  reset();
  if (bytes.empty()) return {};
  auto state = read_depth_state(bytes, has_network_ ? DepthStateKind::Fused : DepthStateKind::Cues,
                                kNumbers + scene_.number_count(), kGrids + scene_.grid_count(),
                                longest_side_);
  if (!state) return state.error();
  const std::vector<float>& numbers = state->numbers;
  std::vector<Grid>& grids = state->grids;
  const bool usable = quantize(numbers[0]) == numbers[0] && quantize(numbers[1]) == numbers[1] &&
                      numbers[0] <= numbers[1] && is_whole(numbers[2], 0, kMostEveryNth - 1) &&
                      is_whole(numbers[3], -kMostMoved, kMostMoved) &&
                      is_whole(numbers[4], -kMostMoved, kMostMoved) && holds_shares(grids[0]) &&
                      is_whole(numbers[6], 1, grids[0].width) &&
                      is_whole(numbers[5], 0, static_cast<int>(numbers[6]) - 1) &&
                      is_whole(numbers[8], 1, grids[0].height) &&
                      is_whole(numbers[7], 0, static_cast<int>(numbers[8]) - 1);
  if (!usable ||
      !scene_.restore(std::span(numbers).subspan(kNumbers), std::span(grids).subspan(kGrids))) {
    return Error{ErrorCode::CorruptData, "the depth state contains invalid values"};
  }
  since_ = static_cast<int>(numbers[2]);
  moved_x_ = static_cast<int>(numbers[3]);
  moved_y_ = static_cast<int>(numbers[4]);
  lit_ = {static_cast<int>(numbers[5]), static_cast<int>(numbers[6]), static_cast<int>(numbers[7]),
          static_cast<int>(numbers[8])};
  luma_ = std::move(grids[0]);
  steady_.restore(std::move(grids[1]), {numbers[0], numbers[1]});
  depth_ = std::move(grids[2]);
  return {};
}

}  // namespace streamkit::stereo

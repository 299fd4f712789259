#include "stereo/depth_fusion.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stereo/depth_state.hpp"
#include "stereo/flat_picture.hpp"
#include "stereo/scene_cut.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// The largest difference between near and far that each cue causes alone. Detail and contrast have
// small weights: in measured scenes, textured parts are hardly nearer than others.
constexpr float kGroundWeight = 0.6F;
constexpr float kDetailWeight = 0.03F;
constexpr float kContrastWeight = 0.1F;
constexpr float kMotionSpan = 0.6F;
// The largest difference that the network causes alone, and how far it replaces the still cues: the
// two err in different ways, and their mean is better than either on most measured sets.
constexpr float kNetworkSpan = 1.0F;
constexpr float kNetworkShare = 0.4F;
// The share of the still_ cues_ that motion_ replaces where it is trusted.
constexpr float kMotionShare = 0.3F;
// The part of that share which is lost where the motion_ of the ground confirms that lower is
// nearer.
constexpr float kConfirmedShare = 0.6F;
// The part of its depth that a frame loses if it is certainly flat.
constexpr float kFlatShare = 0.9F;

float mean_of(const Grid& grid) {
  double sum = 0;
  for (const float value : grid.values) sum += value;
  return static_cast<float>(sum / static_cast<double>(grid.values.size()));
}

}  // namespace

DepthFusion::DepthFusion(int longest_side, float decay, std::unique_ptr<NetworkPrior> network)
    : longest_side_(longest_side), decay_(decay), network_(std::move(network)) {}

Result<void> DepthFusion::update(const VideoFrame& frame, DepthMap& depth) {
  look(frame);
  find_motion();
  if (network_ != nullptr) {
    if (auto seen = network_->update(frame, luma_, motion_.motion()); !seen) {
      reset();
      return seen;
    }
  }
  combine();
  steady_.update(cues_, luma_, decay_);
  steady_.write(depth);
  return {};
}

void DepthFusion::reset() {
  motion_.reset();
  camera_.reset();
  steady_.reset();
}

void DepthFusion::look(const VideoFrame& frame) {
  const VideoPlane& plane = frame.planes[0];
  std::swap(luma_, previous_);
  resize_to_cells(plane, longest_side_, luma_);
  downsample_mean(plane, luma_);
  quantize(luma_);
  still_.look(plane, luma_);
  plain_ = looks_flat(plane);
  if (steady_.started() && (!luma_.same_size(previous_) || is_cut(previous_, luma_))) reset();
}

void DepthFusion::find_motion() {
  const int width = luma_.width;
  const int height = luma_.height;
  far_weight_.resize(width, height);
  for (int y = 0; y < height; ++y) {
    const float down = (static_cast<float>(y) + 0.5F) / static_cast<float>(height);
    const float far = camera_.ground() > 0 ? 1.0F - down : down;
    std::fill_n(far_weight_.row(y), width, far * far);
  }
  motion_.update(luma_, far_weight_);
  if (motion_.motion() != nullptr) camera_.update(*motion_.motion());
}

void DepthFusion::combine() {
  const float believable = still_.textured();
  still_.find(luma_, camera_.ground());
  const float detail_mean = mean_of(still_.detail());
  const float contrast_mean = mean_of(still_.contrast());
  const float deep = 1.0F - kFlatShare * std::max(camera_.flat(), plain_);
  const float ground_weight = deep * believable * kGroundWeight * std::abs(camera_.ground());
  const float detail_weight = deep * believable * kDetailWeight;
  const float contrast_weight = deep * believable * kContrastWeight;
  const float share = deep * kMotionShare * (1.0F - kConfirmedShare * camera_.confirmed());
  // A network takes a ceiling for a floor, as long as motion does not tell it apart.
  const float upright = 0.5F + 0.5F * camera_.ground();
  const float network_share = network_ == nullptr ? 0.0F : kNetworkShare * upright;
  const float network_weight =
      network_share * kNetworkSpan * believable * (1.0F - std::max(camera_.flat(), plain_));
  cues_.resize(luma_.width, luma_.height);
  for (int y = 0; y < luma_.height; ++y) {
    const float* standing = still_.ground().row(y);
    const float* sharp = still_.detail().row(y);
    const float* clear = still_.contrast().row(y);
    const float* near = motion_.nearness().row(y);
    const float* trust = motion_.trust().row(y);
    // Without a network its weight is 0, whatever the values.
    const float* seen = network_ == nullptr ? near : network_->depth().row(y);
    float* out = cues_.row(y);
    for (int x = 0; x < luma_.width; ++x) {
      const float still = ground_weight * standing[x] + detail_weight * (sharp[x] - detail_mean) +
                          contrast_weight * (clear[x] - contrast_mean);
      const float unmoved = (1.0F - network_share) * still + network_weight * (seen[x] - kMiddle);
      const float moving = kMotionSpan * (near[x] - kMiddle);
      out[x] = kMiddle + unmoved + share * trust[x] * (moving - unmoved);
    }
  }
}

Bytes DepthFusion::save() const {
  if (!steady_.started()) return {};
  const ValueRange range = steady_.range();
  const CameraMotion::Numbers& seen = camera_.numbers();
  DepthState state{{range.low, range.high, seen[0], seen[1], seen[2], seen[3]},
                   {luma_, steady_.values(), motion_.evidence(), motion_.weight()}};
  if (network_ == nullptr) return write_depth_state(DepthStateKind::Cues, state);
  for (const float number : network_->numbers()) state.numbers.push_back(number);
  state.grids.push_back(network_->depth());
  return write_depth_state(DepthStateKind::Fused, state);
}

Result<void> DepthFusion::load(std::span<const std::uint8_t> bytes) {
  reset();
  if (bytes.empty()) return {};
  const bool fused = network_ != nullptr;
  auto state = read_depth_state(bytes, fused ? DepthStateKind::Fused : DepthStateKind::Cues,
                                fused ? 9 : 6, fused ? 5 : 4, longest_side_);
  if (!state) return state.error();
  const std::vector<float>& numbers = state->numbers;
  std::vector<Grid>& grids = state->grids;
  const auto known = [&](std::size_t grid) { return holds_shares(grids[grid]); };
  const bool shares = known(0) && known(2) && known(3) && (!fused || known(4));
  const bool rounded = std::all_of(numbers.begin(), numbers.begin() + 6,
                                   [](float value) { return quantize(value) == value; });
  const NetworkPrior::Numbers of_network =
      fused ? NetworkPrior::Numbers{numbers[6], numbers[7], numbers[8]} : NetworkPrior::Numbers{};
  if (!shares || !rounded || numbers[0] > numbers[1] || (fused && !network_->fits(of_network))) {
    return Error{ErrorCode::CorruptData, "the depth state contains invalid values"};
  }
  camera_.restore({numbers[2], numbers[3], numbers[4], numbers[5]});
  luma_ = std::move(grids[0]);
  steady_.restore(std::move(grids[1]), {numbers[0], numbers[1]});
  motion_.restore(luma_, grids[2], grids[3]);
  if (fused) network_->restore(std::move(grids[4]), of_network);
  return {};
}

}  // namespace streamkit::stereo

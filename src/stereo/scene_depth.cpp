#include "stereo/scene_depth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stereo/flat_picture.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// The largest difference between near and far that each cue causes alone. Detail and contrast have
// small weights: in measured scenes, textured parts are hardly nearer than others.
constexpr float kGroundWeight = 0.6F;
constexpr float kDetailWeight = 0.03F;
constexpr float kContrastWeight = 0.1F;
// The largest difference that the network causes alone, and how far it replaces the still cues: the
// two err in different ways, and their mean is better than either on most measured sets.
constexpr float kNetworkSpan = 1.0F;
constexpr float kNetworkShare = 0.4F;
// The difference of depth between near and far where motion measures it.
constexpr float kMotionSpan = 0.8F;
// The weight, in cells, of the prior's own scale against the scale that fits the measured depth,
// and the most that a fit stretches the prior.
constexpr float kOwnScale = 300.0F;
constexpr double kMostStretch = 1.5;
// The correlation from which on the prior and the measured depth agree, or are the reverse of each
// other.
constexpr double kAlike = 0.3;
// Up to this trust a place only moves in front of the background; above, its nearness is measured.
constexpr float kMoverTrust = 0.45F;
// The part of its depth that a frame loses if it is certainly flat.
constexpr float kFlatShare = 0.935F;

float mean_of(const Grid& grid) {
  double sum = 0;
  for (const float value : grid.values) sum += value;
  return static_cast<float>(sum / static_cast<double>(grid.values.size()));
}

}  // namespace

Result<void> SceneDepth::update(const VideoFrame& frame, const Grid& luma, int guess_x,
                                int guess_y) {
  still_.look(frame.planes[0], luma);
  plain_ = looks_flat(frame.planes[0]);
  measured_.update(luma, guess_x, guess_y);
  const PictureMotion* motion = measured_.motion();
  if (motion != nullptr) camera_.update(*motion);
  if (network_ != nullptr) {
    if (auto seen = network_->update(frame, luma, motion); !seen) return seen;
  }
  find_prior(luma);
  add_measured(luma);
  return {};
}

void SceneDepth::reset() {
  measured_.reset();
  camera_.reset();
}

// A plane shows no parallax.
float SceneDepth::flatness() const {
  return std::max(camera_.flat() * (1 - measured_.certainty()), plain_);
}

void SceneDepth::find_prior(const Grid& luma) {
  // Before find(), which blurs the detail that this reads.
  const float believable = still_.textured();
  still_.find(luma, 1);
  const float detail_mean = mean_of(still_.detail());
  const float contrast_mean = mean_of(still_.contrast());
  const float flat = flatness();
  const float deep = 1.0F - kFlatShare * flat;
  const float network_share = network_ == nullptr ? 0.0F : kNetworkShare;
  const float still = (1.0F - network_share) * deep * believable;
  const float ground_weight = still * kGroundWeight;
  const float detail_weight = still * kDetailWeight;
  const float contrast_weight = still * kContrastWeight;
  const float network_weight = network_share * kNetworkSpan * believable * (1.0F - flat);
  prior_.resize(luma.width, luma.height);
  for (std::size_t i = 0; i < prior_.values.size(); ++i) {
    prior_.values[i] = ground_weight * still_.ground().values[i] +
                       detail_weight * (still_.detail().values[i] - detail_mean) +
                       contrast_weight * (still_.contrast().values[i] - contrast_mean);
  }
  if (network_ == nullptr) return;
  for (std::size_t i = 0; i < prior_.values.size(); ++i) {
    prior_.values[i] += network_weight * (network_->depth().values[i] - kMiddle);
  }
}

SceneDepth::Line SceneDepth::fit_prior() const {
  double sum = 1e-9;
  double of_prior = 0;
  double of_depth = 0;
  double squares = 0;
  double depth_squares = 0;
  double both = 0;
  for (std::size_t i = 0; i < prior_.values.size(); ++i) {
    const double weight = sure_.values[i];
    const double prior = prior_.values[i];
    const double known = kMotionSpan * (measured_.nearness().values[i] - kMiddle);
    sum += weight;
    of_prior += weight * prior;
    of_depth += weight * known;
    squares += weight * prior * prior;
    depth_squares += weight * known * known;
    both += weight * prior * known;
  }
  const double mean_prior = of_prior / sum;
  const double mean_depth = of_depth / sum;
  const double prior_variance = squares / sum - mean_prior * mean_prior + 1e-6;
  const double depth_variance = depth_squares / sum - mean_depth * mean_depth + 1e-6;
  const double covariance = both / sum - mean_prior * mean_depth;
  const double correlation = covariance / std::sqrt(prior_variance * depth_variance);
  const double share = sum / (sum + kOwnScale);
  const double stretch = std::min(std::sqrt(depth_variance / prior_variance), kMostStretch);
  const auto slope = static_cast<float>(
      (1 - share) + share * stretch * std::clamp(correlation / kAlike, -1.0, 1.0));
  const auto offset = static_cast<float>(share * (mean_depth - slope * mean_prior));
  return {slope, offset};
}

// The prior is brought to the scale of what was measured, and replaced where it was.
void SceneDepth::add_measured(const Grid& luma) {
  const Grid& near = measured_.nearness();
  const std::size_t size = luma.values.size();
  const float not_flat = 1 - flatness();
  const float share_of_motion = not_flat * measured_.certainty();
  for (Grid* grid : {&sure_, &depth_}) grid->resize(luma.width, luma.height);
  for (std::size_t i = 0; i < size; ++i) {
    sure_.values[i] = share_of_motion * std::max(measured_.trust().values[i] - kMoverTrust, 0.0F) /
                      (1 - kMoverTrust);
  }
  const Line line = fit_prior();
  for (std::size_t i = 0; i < size; ++i) {
    depth_.values[i] = line.offset + line.slope * prior_.values[i];
  }
  const float moves = not_flat * measured_.mover_certainty();
  for (std::size_t i = 0; i < size; ++i) {
    float& value = depth_.values[i];
    const float off = kMotionSpan * (near.values[i] - kMiddle) - value;
    value += kMiddle + sure_.values[i] * off;
    if (off > 0) {
      value +=
          moves * (1 - sure_.values[i]) * std::min(measured_.trust().values[i], kMoverTrust) * off;
    }
  }
}

void SceneDepth::save(DepthState& state) const {
  for (const float number : camera_.numbers()) state.numbers.push_back(number);
  for (const float number : measured_.numbers()) state.numbers.push_back(number);
  state.grids.push_back(measured_.luma());
  state.grids.push_back(measured_.evidence());
  state.grids.push_back(measured_.weight());
  if (network_ == nullptr) return;
  for (const float number : network_->numbers()) state.numbers.push_back(number);
  state.grids.push_back(network_->depth());
}

bool SceneDepth::restore(std::span<const float> numbers, std::span<Grid> grids) {
  const auto is_kept = [](float value) { return quantize(value) == value; };
  const bool shares = holds_shares(grids[0]) && holds_shares(grids[2]) &&
                      (network_ == nullptr || holds_shares(grids[3]));
  if (!shares || !std::all_of(numbers.begin(), numbers.begin() + 3, is_kept)) return false;
  const MeasuredDepth::Numbers of_measured = {numbers[3], numbers[4], numbers[5]};
  if (!MeasuredDepth::fits(of_measured)) return false;
  if (network_ != nullptr) {
    const NetworkPrior::Numbers of_network = {numbers[6], numbers[7]};
    if (!NetworkPrior::fits(of_network)) return false;
    network_->restore(std::move(grids[3]), of_network);
  }
  camera_.restore({numbers[0], numbers[1], numbers[2]});
  measured_.restore(grids[0], grids[1], grids[2], of_measured);
  return true;
}

}  // namespace streamkit::stereo

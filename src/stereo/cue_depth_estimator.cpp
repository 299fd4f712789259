#include <algorithm>
#include <cmath>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <vector>

#include "stereo/camera_motion.hpp"
#include "stereo/depth_state.hpp"
#include "stereo/flat_picture.hpp"
#include "stereo/motion_parallax.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/scene_cut.hpp"
#include "stereo/steady_depth.hpp"
#include "stereo/still_cues.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// The largest difference between near and far that each cue causes alone. Detail and contrast have
// small weights: in measured scenes, textured parts are hardly nearer than others.
constexpr float kGroundWeight = 0.6F;
constexpr float kDetailWeight = 0.03F;
constexpr float kContrastWeight = 0.1F;
constexpr float kMotionSpan = 0.6F;
// The share of the still cues that motion replaces where it is trusted.
constexpr float kMotionShare = 0.3F;
// The part of that share which is lost where the motion of the ground confirms that lower is
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

struct CueDepthEstimator::State {
  Grid luma, previous;
  StillCues still;
  MotionParallax motion;
  CameraMotion camera;
  SteadyDepth steady;
  Grid far_weight, cues;
  // How certain it is, from this frame alone, that the frame is flat.
  float plain = 0;

  void forget();
  void look(const VideoFrame& frame, int longest_side);
  void find_motion();
  void combine();
  [[nodiscard]] Bytes save() const;
  Result<void> load(std::span<const std::uint8_t> bytes, int longest_side);
};

void CueDepthEstimator::State::forget() {
  motion.reset();
  camera.reset();
  steady.reset();
}

void CueDepthEstimator::State::look(const VideoFrame& frame, int longest_side) {
  const VideoPlane& plane = frame.planes[0];
  std::swap(luma, previous);
  resize_to_cells(plane, longest_side, luma);
  downsample_mean(plane, luma);
  quantize(luma);
  still.look(plane, luma);
  plain = looks_flat(plane);
  if (steady.started() && (!luma.same_size(previous) || is_cut(previous, luma))) forget();
}

void CueDepthEstimator::State::find_motion() {
  const int width = luma.width;
  const int height = luma.height;
  far_weight.resize(width, height);
  for (int y = 0; y < height; ++y) {
    const float down = (static_cast<float>(y) + 0.5F) / static_cast<float>(height);
    const float far = camera.ground() > 0 ? 1.0F - down : down;
    std::fill_n(far_weight.row(y), width, far * far);
  }
  motion.update(luma, far_weight);
  if (motion.motion() != nullptr) camera.update(*motion.motion());
}

void CueDepthEstimator::State::combine() {
  const float believable = still.textured();
  find_motion();
  still.find(luma, camera.ground());
  const float detail_mean = mean_of(still.detail());
  const float contrast_mean = mean_of(still.contrast());
  const float deep = 1.0F - kFlatShare * std::max(camera.flat(), plain);
  const float ground_weight = deep * believable * kGroundWeight * std::abs(camera.ground());
  const float detail_weight = deep * believable * kDetailWeight;
  const float contrast_weight = deep * believable * kContrastWeight;
  const float share = deep * kMotionShare * (1.0F - kConfirmedShare * camera.confirmed());
  cues.resize(luma.width, luma.height);
  for (int y = 0; y < luma.height; ++y) {
    const float* standing = still.ground().row(y);
    const float* sharp = still.detail().row(y);
    const float* clear = still.contrast().row(y);
    const float* near = motion.nearness().row(y);
    const float* trust = motion.trust().row(y);
    float* out = cues.row(y);
    for (int x = 0; x < luma.width; ++x) {
      const float unmoved = ground_weight * standing[x] + detail_weight * (sharp[x] - detail_mean) +
                            contrast_weight * (clear[x] - contrast_mean);
      const float moving = kMotionSpan * (near[x] - kMiddle);
      out[x] = kMiddle + unmoved + share * trust[x] * (moving - unmoved);
    }
  }
}

Bytes CueDepthEstimator::State::save() const {
  if (!steady.started()) return {};
  const ValueRange range = steady.range();
  const CameraMotion::Numbers& seen = camera.numbers();
  return write_depth_state(DepthStateKind::Cues,
                           {{range.low, range.high, seen[0], seen[1], seen[2], seen[3]},
                            {luma, steady.values(), motion.evidence(), motion.weight()}});
}

Result<void> CueDepthEstimator::State::load(std::span<const std::uint8_t> bytes, int longest_side) {
  forget();
  if (bytes.empty()) return {};
  auto state = read_depth_state(bytes, DepthStateKind::Cues, 6, 4, longest_side);
  if (!state) return state.error();
  const std::vector<float>& numbers = state->numbers;
  const bool shares = holds_shares(state->grids[0]) && holds_shares(state->grids[2]) &&
                      holds_shares(state->grids[3]);
  const bool rounded = std::all_of(numbers.begin(), numbers.end(),
                                   [](float value) { return quantize(value) == value; });
  if (!shares || !rounded || numbers[0] > numbers[1]) {
    return Error{ErrorCode::CorruptData, "the depth state contains invalid values"};
  }
  camera.restore({numbers[2], numbers[3], numbers[4], numbers[5]});
  luma = std::move(state->grids[0]);
  steady.restore(std::move(state->grids[1]), {numbers[0], numbers[1]});
  motion.restore(luma, state->grids[2], state->grids[3]);
  return {};
}

Result<std::unique_ptr<CueDepthEstimator>> CueDepthEstimator::create(CueDepthOptions options) {
  // Written so that NaN is rejected too.
  if (!(options.ema_decay >= 0 && options.ema_decay < 1)) {
    return Error{ErrorCode::InvalidArgument, "ema_decay must be from 0 to below 1"};
  }
  if (options.longest_side_px < 16 || options.longest_side_px > 512) {
    return Error{ErrorCode::InvalidArgument, "longest_side_px must be from 16 to 512"};
  }
  return std::unique_ptr<CueDepthEstimator>(new CueDepthEstimator(options));
}

CueDepthEstimator::CueDepthEstimator(CueDepthOptions options)
    : options_(options), state_(std::make_unique<State>()) {}
CueDepthEstimator::~CueDepthEstimator() = default;

void CueDepthEstimator::reset() { state_->forget(); }

Bytes CueDepthEstimator::save_state() const { return state_->save(); }

Result<void> CueDepthEstimator::load_state(std::span<const std::uint8_t> state) {
  return state_->load(state, options_.longest_side_px);
}

Result<void> CueDepthEstimator::estimate(const VideoFrame& frame, DepthMap& depth) {
  if (frame.format.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
  }
  State& state = *state_;
  state.look(frame, options_.longest_side_px);
  state.combine();
  state.steady.update(state.cues, state.luma, options_.ema_decay);
  state.steady.write(depth);
  return {};
}

}  // namespace streamkit::stereo

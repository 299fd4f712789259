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
#include "stereo/value_range.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// How far apart each cue alone can put near and far. Detail has little say: in measured scenes what
// is textured is hardly nearer than what is not.
constexpr float kGroundWeight = 0.6F;
constexpr float kDetailWeight = 0.03F;
// Air between takes contrast from what is far; and the deviation of luma that is half of full
// contrast, in a window of this radius.
constexpr float kContrastWeight = 0.1F;
constexpr float kHalfContrast = 0.1F;
constexpr int kContrastRadius = 8;
constexpr float kMotionSpan = 0.6F;
// How far motion, where it is trusted, replaces the still cues.
constexpr float kMotionShare = 0.3F;
// How much of that it loses where the motion of the ground confirms that lower is nearer.
constexpr float kConfirmedShare = 0.6F;
// How much of its foot's height in the picture a thing takes over, how far up that reaches (share
// kept from cell to cell), and the difference in luma that ends a thing.
constexpr float kFootShare = 0.7F;
constexpr float kFootReach = 0.995F;
constexpr float kFootEdge = 0.35F;
// How much of its depth a picture loses that is surely flat.
constexpr float kFlatShare = 0.9F;
// A range below this is not stretched to the whole of 0 to 1: little evidence, little depth.
constexpr float kLeastRange = 0.5F;
// Mean difference of neighbouring pixels (luma 0 to 1) that counts as texture.
constexpr float kTexture = 0.012F;
constexpr int kDetailRadius = 5;
constexpr int kEdgeRadius = 5;
constexpr float kEdgeEpsilon = 2e-3F;

float mean_of(const Grid& grid) {
  double sum = 0;
  for (const float value : grid.values) sum += value;
  return static_cast<float>(sum / static_cast<double>(grid.values.size()));
}

}  // namespace

struct CueDepthEstimator::State {
  Grid ground, luma, previous, detail, soft_detail, contrast, soft_luma, far_weight, cues;
  MotionParallax motion;
  CameraMotion camera;
  GuidedFilter filter;
  GuidedModel model;
  std::vector<float> foot;
  Grid steady;
  ValueRange range;
  // How sure it is that the picture is flat, by itself.
  float plain = 0;
  bool started = false;

  void forget() {
    motion.reset();
    camera.reset();
    started = false;
  }

  void look(const VideoFrame& frame, int longest_side) {
    const VideoPlane& plane = frame.planes[0];
    std::swap(luma, previous);
    resize_to_cells(plane, longest_side, luma);
    detail.resize(luma.width, luma.height);
    downsample_mean(plane, luma);
    quantize(luma);
    downsample_detail(plane, detail);
    plain = looks_flat(plane);
    if (started && (!luma.same_size(previous) || is_cut(previous, luma))) forget();
  }

  // The share of the picture that holds texture: how much there is for the still cues to go by.
  [[nodiscard]] float textured() const {
    const auto count = std::count_if(detail.values.begin(), detail.values.end(),
                                     [](float value) { return value > kTexture; });
    return std::min(4.0F * static_cast<float>(count) / static_cast<float>(detail.values.size()),
                    1.0F);
  }

  // Height in the picture, 0.5 lowest. What stands on the ground is as near as its foot: the value
  // is carried up from cell to cell, less so over edges.
  void find_ground() {
    const int width = luma.width;
    const int height = luma.height;
    ground.resize(width, height);
    foot.assign(static_cast<std::size_t>(width), 0.5F);
    const bool up = camera.ground() < 0;
    for (int i = 0; i < height; ++i) {
      const int y = up ? i : height - 1 - i;
      const float down = 0.5F - (static_cast<float>(i) + 0.5F) / static_cast<float>(height);
      const float* here = luma.row(y);
      const float* below = luma.row(std::clamp(up ? y - 1 : y + 1, 0, height - 1));
      float* out = ground.row(y);
      for (int x = 0; x < width; ++x) {
        const int left = std::max(x - 1, 0);
        const int right = std::min(x + 1, width - 1);
        const float edge =
            std::abs(here[left] + here[x] + here[right] - below[left] - below[x] - below[right]) /
            3.0F;
        const float kept = i == 0 ? 0.0F : kFootReach * std::exp(-edge / kFootEdge);
        float& carried = foot[static_cast<std::size_t>(x)];
        carried = down + kept * (carried - down);
        out[x] = down + kFootShare * (carried - down);
      }
    }
  }

  void find_contrast() {
    box_blur(luma, kContrastRadius, soft_luma);
    contrast.resize(luma.width, luma.height);
    for (std::size_t i = 0; i < luma.values.size(); ++i) {
      contrast.values[i] = luma.values[i] * luma.values[i];
    }
    box_blur(contrast, kContrastRadius, contrast);
    for (std::size_t i = 0; i < luma.values.size(); ++i) {
      const float mean = soft_luma.values[i];
      const float deviation = std::sqrt(std::max(contrast.values[i] - mean * mean, 0.0F));
      contrast.values[i] = deviation / (deviation + kHalfContrast);
    }
  }

  void find_detail() {
    for (float& value : detail.values) value = value / (value + 2 * kTexture);
    box_blur(detail, kDetailRadius, soft_detail);
  }

  void find_motion() {
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

  void combine() {
    const float believable = textured();
    find_detail();
    find_contrast();
    find_motion();
    find_ground();
    const float detail_mean = mean_of(soft_detail);
    const float contrast_mean = mean_of(contrast);
    const float deep = 1.0F - kFlatShare * std::max(camera.flat(), plain);
    const float ground_weight = deep * believable * kGroundWeight * std::abs(camera.ground());
    const float detail_weight = deep * believable * kDetailWeight;
    const float contrast_weight = deep * believable * kContrastWeight;
    const float share = deep * kMotionShare * (1.0F - kConfirmedShare * camera.confirmed());
    cues.resize(luma.width, luma.height);
    for (int y = 0; y < luma.height; ++y) {
      const float* standing = ground.row(y);
      const float* sharp = soft_detail.row(y);
      const float* clear = contrast.row(y);
      const float* near = motion.nearness().row(y);
      const float* trust = motion.trust().row(y);
      float* out = cues.row(y);
      for (int x = 0; x < luma.width; ++x) {
        const float still = ground_weight * standing[x] + detail_weight * (sharp[x] - detail_mean) +
                            contrast_weight * (clear[x] - contrast_mean);
        const float moving = kMotionSpan * (near[x] - kMiddle);
        out[x] = kMiddle + still + share * trust[x] * (moving - still);
      }
    }
  }

  void steady_over_time(float decay) {
    filter.fit(cues, luma, kEdgeRadius, kEdgeEpsilon, model);
    for (std::size_t i = 0; i < cues.values.size(); ++i) {
      cues.values[i] = model.slope.values[i] * luma.values[i] + model.offset.values[i];
    }
    const ValueRange now = range_of(cues.values);
    if (!started) {
      steady = cues;
      range = now;
      started = true;
      round_to_state();
      return;
    }
    for (std::size_t i = 0; i < cues.values.size(); ++i) {
      steady.values[i] = decay * steady.values[i] + (1 - decay) * cues.values[i];
    }
    range.low = decay * range.low + (1 - decay) * now.low;
    range.high = decay * range.high + (1 - decay) * now.high;
    round_to_state();
  }

  void round_to_state() {
    quantize(steady);
    range = {quantize(range.low), quantize(range.high)};
  }

  [[nodiscard]] Bytes save() const {
    if (!started) return {};
    const CameraMotion::Numbers& seen = camera.numbers();
    return write_depth_state(DepthStateKind::Cues,
                             {{range.low, range.high, seen[0], seen[1], seen[2], seen[3]},
                              {luma, steady, motion.evidence(), motion.weight()}});
  }

  Result<void> load(std::span<const std::uint8_t> bytes, int longest_side) {
    forget();
    if (bytes.empty()) return {};
    auto state = read_depth_state(bytes, DepthStateKind::Cues, 6, 4, longest_side);
    if (!state) return state.error();
    const bool shares = holds_shares(state->grids[0]) && holds_shares(state->grids[2]) &&
                        holds_shares(state->grids[3]);
    const bool rounded = std::all_of(state->numbers.begin(), state->numbers.end(),
                                     [](float value) { return quantize(value) == value; });
    if (!shares || !rounded || state->numbers[0] > state->numbers[1]) {
      return Error{ErrorCode::CorruptData, "the depth state contains invalid values"};
    }
    range = {state->numbers[0], state->numbers[1]};
    camera.restore({state->numbers[2], state->numbers[3], state->numbers[4], state->numbers[5]});
    luma = std::move(state->grids[0]);
    steady = std::move(state->grids[1]);
    motion.restore(luma, state->grids[2], state->grids[3]);
    started = true;
    return {};
  }

  void write(DepthMap& depth) const {
    depth.width_px = steady.width;
    depth.height_px = steady.height;
    depth.values.resize(steady.values.size());
    const float middle = (range.low + range.high) / 2;
    const float scale = 1.0F / std::max(range.high - range.low, kLeastRange);
    for (std::size_t i = 0; i < steady.values.size(); ++i) {
      depth.values[i] = std::clamp(kMiddle + (steady.values[i] - middle) * scale, 0.0F, 1.0F);
    }
  }
};

Result<std::unique_ptr<CueDepthEstimator>> CueDepthEstimator::create(CueDepthOptions options) {
  // Written so that NaN fails too.
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
  state.steady_over_time(options_.ema_decay);
  state.write(depth);
  return {};
}

}  // namespace streamkit::stereo

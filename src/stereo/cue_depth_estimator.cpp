#include <algorithm>
#include <cmath>
#include <streamkit/stereo/cue_depth_estimator.hpp>
#include <vector>

#include "stereo/depth_state.hpp"
#include "stereo/motion_parallax.hpp"
#include "stereo/plane_filters.hpp"
#include "stereo/scene_cut.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
// How far apart each cue alone can put near and far. Detail has little say: in measured scenes what
// is textured is hardly nearer than what is not.
constexpr float kGroundWeight = 0.6F;
constexpr float kDetailWeight = 0.03F;
constexpr float kMotionSpan = 0.6F;
// How far motion, where it is trusted, replaces the still cues.
constexpr float kMotionShare = 0.3F;
// How much of its foot's height in the picture a thing takes over, how far up that reaches (share
// kept from cell to cell), and the difference in luma that ends a thing.
constexpr float kFootShare = 0.7F;
constexpr float kFootReach = 0.995F;
constexpr float kFootEdge = 0.35F;
// A range below this is not stretched to the whole of 0 to 1: little evidence, little depth.
constexpr float kLeastRange = 0.5F;
// Mean difference of neighbouring pixels (luma 0 to 1) that counts as texture.
constexpr float kTexture = 0.012F;
constexpr int kDetailRadius = 5;
constexpr int kEdgeRadius = 5;
constexpr float kEdgeEpsilon = 2e-3F;

struct Range {
  float low = kMiddle;
  float high = kMiddle;
};

// Without the outermost 2 % on each side.
Range range_of(std::vector<float> values) {
  const auto cut = static_cast<std::ptrdiff_t>(values.size() / 50);
  const auto low = values.begin() + cut;
  std::nth_element(values.begin(), low, values.end());
  const float lowest = *low;
  const auto high = values.end() - 1 - cut;
  std::nth_element(values.begin(), high, values.end());
  return {lowest, *high};
}

bool is_share(const Grid& grid) {
  return std::all_of(grid.values.begin(), grid.values.end(),
                     [](float value) { return value >= 0 && value <= 1; });
}

}  // namespace

struct CueDepthEstimator::State {
  Grid ground, luma, previous, detail, soft_detail, far_weight, cues;
  MotionParallax motion;
  GuidedFilter filter;
  GuidedModel model;
  std::vector<float> foot;
  Grid steady;
  Range range;
  bool started = false;

  void forget() {
    motion.reset();
    started = false;
  }

  void look(const VideoFrame& frame, int longest_side) {
    const VideoPlane& plane = frame.planes[0];
    const int longest = std::max(plane.width_px, plane.height_px);
    const int cell = (longest + longest_side - 1) / longest_side;
    const int width = std::max(plane.width_px / cell, 1);
    const int height = std::max(plane.height_px / cell, 1);
    std::swap(luma, previous);
    luma.resize(width, height);
    detail.resize(width, height);
    downsample_mean(plane, luma);
    quantize(luma);
    downsample_detail(plane, detail);
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
    for (int y = height - 1; y >= 0; --y) {
      const float down = (static_cast<float>(y) + 0.5F) / static_cast<float>(height) - 0.5F;
      const float* here = luma.row(y);
      const float* below = luma.row(std::min(y + 1, height - 1));
      float* out = ground.row(y);
      for (int x = 0; x < width; ++x) {
        const int left = std::max(x - 1, 0);
        const int right = std::min(x + 1, width - 1);
        const float edge =
            std::abs(here[left] + here[x] + here[right] - below[left] - below[x] - below[right]) /
            3.0F;
        const float kept = y == height - 1 ? 0.0F : kFootReach * std::exp(-edge / kFootEdge);
        float& carried = foot[static_cast<std::size_t>(x)];
        carried = down + kept * (carried - down);
        out[x] = down + kFootShare * (carried - down);
      }
    }
  }

  void combine() {
    const int width = luma.width;
    const int height = luma.height;
    const float believable = textured();
    for (float& value : detail.values) value = value / (value + 2 * kTexture);
    box_blur(detail, kDetailRadius, soft_detail);
    double detail_mean = 0;
    for (const float value : soft_detail.values) detail_mean += value;
    detail_mean /= static_cast<double>(soft_detail.values.size());

    far_weight.resize(width, height);
    cues.resize(width, height);
    for (int y = 0; y < height; ++y) {
      const float down = (static_cast<float>(y) + 0.5F) / static_cast<float>(height);
      std::fill_n(far_weight.row(y), width, (1.0F - down) * (1.0F - down));
    }
    motion.update(luma, far_weight);
    find_ground();
    for (int y = 0; y < height; ++y) {
      const float* standing = ground.row(y);
      const float* sharp = soft_detail.row(y);
      const float* near = motion.nearness().row(y);
      const float* trust = motion.trust().row(y);
      float* out = cues.row(y);
      for (int x = 0; x < width; ++x) {
        const float still =
            believable * (kGroundWeight * standing[x] +
                          kDetailWeight * (sharp[x] - static_cast<float>(detail_mean)));
        const float moving = kMotionSpan * (near[x] - kMiddle);
        out[x] = kMiddle + still + kMotionShare * trust[x] * (moving - still);
      }
    }
  }

  void steady_over_time(float decay) {
    filter.fit(cues, luma, kEdgeRadius, kEdgeEpsilon, model);
    for (std::size_t i = 0; i < cues.values.size(); ++i) {
      cues.values[i] = model.slope.values[i] * luma.values[i] + model.offset.values[i];
    }
    const Range now = range_of(cues.values);
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
    return write_depth_state(
        {{range.low, range.high}, {luma, steady, motion.evidence(), motion.weight()}});
  }

  Result<void> load(std::span<const std::uint8_t> bytes, int longest_side) {
    forget();
    if (bytes.empty()) return {};
    auto state = read_depth_state(bytes, 2, 4, longest_side);
    if (!state) return state.error();
    const bool shares =
        is_share(state->grids[0]) && is_share(state->grids[2]) && is_share(state->grids[3]);
    if (!shares || state->numbers[0] > state->numbers[1]) {
      return Error{ErrorCode::CorruptData, "the depth state holds values that cannot be"};
    }
    range = {state->numbers[0], state->numbers[1]};
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
    return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 pictures"};
  }
  State& state = *state_;
  state.look(frame, options_.longest_side_px);
  state.combine();
  state.steady_over_time(options_.ema_decay);
  state.write(depth);
  return {};
}

}  // namespace streamkit::stereo

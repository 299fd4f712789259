#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <streamkit/stereo/network_depth_estimator.hpp>
#include <utility>
#include <vector>

#include "stereo/depth_options.hpp"
#include "stereo/depth_state.hpp"
#include "stereo/motion_carrier.hpp"
#include "stereo/raw_depth.hpp"
#include "stereo/scene_cut.hpp"
#include "stereo/value_range.hpp"

namespace streamkit::stereo {
namespace {

constexpr float kMiddle = 0.5F;
constexpr std::size_t kMostWaiting = 32;
constexpr std::size_t kNumbers = 3;

Grid luma_of(const VideoFrame& frame, int longest_side) {
  Grid luma;
  resize_to_cells(frame.planes[0], longest_side, luma);
  downsample_mean(frame.planes[0], luma);
  quantize(luma);
  return luma;
}

// What is decided about each frame of a batch before the network sees it.
struct Planned {
  Grid luma = {};
  bool begins_scene = false;
  bool is_key = false;
};

}  // namespace

struct NetworkDepthEstimator::State {
  State(std::unique_ptr<DepthNetwork> lent, NetworkDepthOptions chosen)
      : network(std::move(lent)), options(chosen) {}

  const std::unique_ptr<DepthNetwork> network;
  const NetworkDepthOptions options;

  // State between frames. `target` is the network's newest depth, carried to the last frame, and
  // `steady` follows it. Nothing is known yet while `luma` is empty.
  Grid luma, steady, target;
  ValueRange range = {};
  bool has_range = false;
  int since_key = 0;

  MotionCarrier carrier;
  Grid seen;  // scratch memory

  void forget() {
    luma = {};
    has_range = false;
  }

  [[nodiscard]] bool keeps_target() const { return options.every_nth > 1; }

  [[nodiscard]] std::vector<Planned> plan(std::span<const VideoFrame> frames) const {
    std::vector<Planned> planned;
    planned.reserve(frames.size());
    const Grid* before = &luma;
    int since = since_key;
    for (const VideoFrame& frame : frames) {
      Planned next{luma_of(frame, options.longest_side_px)};
      next.begins_scene = !next.luma.same_size(*before) || is_cut(*before, next.luma);
      since = next.begins_scene ? 0 : (since + 1) % options.every_nth;
      next.is_key = since == 0;
      planned.push_back(std::move(next));
      before = &planned.back().luma;
    }
    return planned;
  }

  Result<std::vector<DepthMap>> ask(std::span<const VideoFrame> frames,
                                    const std::vector<Planned>& planned) const {
    std::vector<VideoFrame> keys;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (planned[i].is_key) keys.push_back(frames[i]);
    }
    std::vector<DepthMap> maps(keys.size());
    const std::size_t batch = std::max<std::size_t>(network->batch(), 1);
    for (std::size_t at = 0; at < keys.size(); at += batch) {
      const std::size_t count = std::min(batch, keys.size() - at);
      const std::span some = std::span(maps).subspan(at, count);
      if (auto done = network->infer(std::span(keys).subspan(at, count), some); !done) {
        return done.error();
      }
    }
    for (const DepthMap& map : maps) {
      if (auto sized = check_raw_depth(map); !sized) return sized.error();
    }
    return maps;
  }

  // `raw` is the map of the network, or null if the network did not see this frame.
  void take(Planned picture, const DepthMap* raw) {
    if (picture.begins_scene) {
      has_range = false;
      for (Grid* grid : {&steady, &target}) {
        grid->resize(picture.luma.width, picture.luma.height);
        std::fill(grid->values.begin(), grid->values.end(), kMiddle);
      }
    } else {
      carrier.follow(luma, picture.luma);
      carrier.carry(steady);
      if (keeps_target()) carrier.carry(target);
    }
    const bool had_range = has_range;
    if (raw != nullptr) look(*raw, picture.luma);
    approach(picture.begins_scene || !had_range);
    since_key = picture.is_key ? 0 : since_key + 1;
    luma = std::move(picture.luma);
  }

  void look(const DepthMap& raw, const Grid& size) {
    seen.resize(size.width, size.height);
    if (!fit_raw_depth(raw, seen)) {
      if (!keeps_target()) target = steady;
      return;
    }
    const ValueRange now = range_of(seen.values);
    // A network may scale each frame differently, so the earlier range is expressed in the scale of
    // this frame.
    if (const auto fitting =
            has_range ? fitting_range(seen, steady, carrier.trust()) : std::nullopt)
      range = *fitting;
    const float kept = has_range ? options.ema_decay : 0.0F;
    range.low = kept * range.low + (1 - kept) * now.low;
    range.high = kept * range.high + (1 - kept) * now.high;
    has_range = true;
    stretch(seen, range);
    std::swap(target.values, seen.values);
  }

  void approach(bool at_once) {
    for (std::size_t i = 0; i < steady.values.size(); ++i) {
      const float kept = at_once ? 0.0F : options.ema_decay * carrier.trust().values[i];
      steady.values[i] = kept * steady.values[i] + (1 - kept) * target.values[i];
    }
    quantize(steady);
    if (keeps_target()) quantize(target);
  }

  void write(DepthMap& depth) const {
    depth.width_px = steady.width;
    depth.height_px = steady.height;
    depth.values.assign(steady.values.begin(), steady.values.end());
  }

  [[nodiscard]] Bytes save() const {
    if (luma.values.empty()) return {};
    // An empty range represents that no range is known.
    const ValueRange told = has_range ? range : ValueRange{1.0F, 0.0F};
    DepthState saved{{told.low, told.high, static_cast<float>(since_key)}, {luma, steady}};
    if (keeps_target()) saved.grids.push_back(target);
    return write_depth_state(DepthStateKind::Network, saved);
  }

  Result<void> load(std::span<const std::uint8_t> bytes) {
    forget();
    if (bytes.empty()) return {};
    auto saved = read_depth_state(bytes, DepthStateKind::Network, kNumbers, keeps_target() ? 3 : 2,
                                  options.longest_side_px);
    if (!saved) return saved.error();
    const float since = saved->numbers[2];
    const bool holds = std::all_of(saved->grids.begin(), saved->grids.end(), holds_shares) &&
                       since >= 0 && since < static_cast<float>(kMostEveryNth) &&
                       since == std::floor(since) && !std::signbit(since);
    const bool ranged = saved->numbers[0] <= saved->numbers[1];
    if (!holds || (!ranged && (saved->numbers[0] != 1 || saved->numbers[1] != 0))) {
      return Error{ErrorCode::CorruptData, "the depth state contains invalid values"};
    }
    has_range = ranged;
    range = {saved->numbers[0], saved->numbers[1]};
    since_key = static_cast<int>(since);
    luma = std::move(saved->grids[0]);
    steady = std::move(saved->grids[1]);
    target = keeps_target() ? std::move(saved->grids[2]) : steady;
    return {};
  }
};

Result<std::unique_ptr<NetworkDepthEstimator>> NetworkDepthEstimator::create(
    std::unique_ptr<DepthNetwork> network, NetworkDepthOptions options) {
  if (!network) return Error{ErrorCode::InvalidArgument, "the depth network is missing"};
  auto valid = check_depth_options(options.ema_decay, options.every_nth, options.longest_side_px);
  if (!valid) return valid.error();
  return std::unique_ptr<NetworkDepthEstimator>(
      new NetworkDepthEstimator(std::move(network), options));
}

NetworkDepthEstimator::NetworkDepthEstimator(std::unique_ptr<DepthNetwork> network,
                                             NetworkDepthOptions options)
    : state_(std::make_unique<State>(std::move(network), options)) {}
NetworkDepthEstimator::~NetworkDepthEstimator() = default;

void NetworkDepthEstimator::reset() { state_->forget(); }

Bytes NetworkDepthEstimator::save_state() const { return state_->save(); }

Result<void> NetworkDepthEstimator::load_state(std::span<const std::uint8_t> state) {
  return state_->load(state);
}

std::size_t NetworkDepthEstimator::batch() const noexcept {
  const std::size_t seen = std::max<std::size_t>(state_->network->batch(), 1);
  const auto nth = static_cast<std::size_t>(state_->options.every_nth);
  if (seen == 1) return 1;
  return std::max(seen, std::min(seen * nth, kMostWaiting));
}

Result<void> NetworkDepthEstimator::estimate(const VideoFrame& frame, DepthMap& depth) {
  return estimate_batch({&frame, 1}, {&depth, 1});
}

Result<void> NetworkDepthEstimator::estimate_batch(std::span<const VideoFrame> frames,
                                                   std::span<DepthMap> depths) {
  State& state = *state_;
  while (!frames.empty()) {
    if (frames.front().format.pixel_format != PixelFormat::I420) {
      return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
    }
    std::size_t alike = 1;
    while (alike < frames.size() && frames[alike].format == frames.front().format) ++alike;
    const std::span<const VideoFrame> some = frames.first(alike);
    std::vector<Planned> planned = state.plan(some);
    const Result<std::vector<DepthMap>> maps = state.ask(some, planned);
    if (!maps) return maps.error();
    std::size_t key = 0;
    for (std::size_t i = 0; i < alike; ++i) {
      const DepthMap* raw = planned[i].is_key ? &(*maps)[key++] : nullptr;
      state.take(std::move(planned[i]), raw);
      state.write(depths[i]);
    }
    frames = frames.subspan(alike);
    depths = depths.subspan(alike);
  }
  return {};
}

}  // namespace streamkit::stereo

#include <streamkit/stereo/cue_depth_estimator.hpp>

#include "stereo/depth_fusion.hpp"
#include "stereo/depth_options.hpp"

namespace streamkit::stereo {

namespace {

// Each n-th frame is looked at: cues change slowly, and a camera shows more depth by a motion over
// several frames.
constexpr int kEveryNth = 4;

}  // namespace

struct CueDepthEstimator::State {
  DepthFusion depth;
};

Result<std::unique_ptr<CueDepthEstimator>> CueDepthEstimator::create(CueDepthOptions options) {
  auto valid = check_depth_options(options.ema_decay, 1, options.longest_side_px);
  if (!valid) return valid.error();
  return std::unique_ptr<CueDepthEstimator>(new CueDepthEstimator(options));
}

CueDepthEstimator::CueDepthEstimator(CueDepthOptions options)
    : state_(
          new State{DepthFusion(options.longest_side_px, options.ema_decay, kEveryNth, nullptr)}) {}
CueDepthEstimator::~CueDepthEstimator() = default;

void CueDepthEstimator::reset() { state_->depth.reset(); }

Bytes CueDepthEstimator::save_state() const { return state_->depth.save(); }

Result<void> CueDepthEstimator::load_state(std::span<const std::uint8_t> state) {
  return state_->depth.load(state);
}

Result<void> CueDepthEstimator::estimate(const VideoFrame& frame, DepthMap& depth) {
  if (frame.format.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
  }
  return state_->depth.update(frame, depth);
}

}  // namespace streamkit::stereo

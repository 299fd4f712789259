#include <algorithm>
#include <cmath>
#include <cstdint>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "stereo/anaglyph.hpp"
#include "stereo/eye_pair.hpp"
#include "stereo/sphere_projection.hpp"
#include "stereo/view_packing.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kMaxSide = 16384;
constexpr int kMostThreads = 64;

Result<void> check_depth(const DepthMap& depth) {
  if (depth.width_px <= 0 || depth.height_px <= 0 ||
      depth.values.size() <
          static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px)) {
    return Error{ErrorCode::InvalidArgument, "the depth map is empty or has too few values"};
  }
  return {};
}

}  // namespace

StereoOptions with_choice(StereoOptions options, const StereoChoice& choice) noexcept {
  options.divergence = choice.divergence.value_or(options.divergence);
  if (choice.convergence) {
    options.automatic_convergence = choice.convergence->automatic;
    options.convergence = choice.convergence->depth;
  }
  options.synthetic_view = choice.synthetic_view.value_or(options.synthetic_view);
  options.screen_edge = choice.screen_edge.value_or(options.screen_edge);
  options.edge_dilation_x_px = choice.edge_dilation_x_px.value_or(options.edge_dilation_x_px);
  options.edge_dilation_y_px = choice.edge_dilation_y_px.value_or(options.edge_dilation_y_px);
  options.ipd_offset = choice.ipd_offset.value_or(options.ipd_offset);
  options.foreground_scale = choice.foreground_scale.value_or(options.foreground_scale);
  return options;
}

struct ForwardWarpRenderer::State {
  explicit State(const StereoOptions& options) : eyes(options) {}

  FramePool outputs;
  FramePool views;
  EyePair eyes;

  void draw(StereoMode mode, const VideoFormat& source, const WritableFrame& out);

 private:
  void draw_packed(StereoMode mode, const VideoFormat& source, const WritableFrame& out);
};

void ForwardWarpRenderer::State::draw_packed(StereoMode mode, const VideoFormat& source,
                                             const WritableFrame& out) {
  const bool crossed = shows_right_first(mode);
  if (draws_in_place(mode, source)) {
    const ViewPlanes first = view_place(mode, source, out, 0);
    const ViewPlanes second = view_place(mode, source, out, 1);
    eyes.draw(crossed ? &second : &first, crossed ? &first : &second);
    return;
  }
  const WritableFrame left = views.acquire(source);
  const WritableFrame right = views.acquire(source);
  const ViewPlanes left_planes = planes_of(left);
  const ViewPlanes right_planes = planes_of(right);
  eyes.draw(&left_planes, &right_planes);
  pack_views(mode, crossed ? right_planes : left_planes, crossed ? left_planes : right_planes, out);
}

void ForwardWarpRenderer::State::draw(StereoMode mode, const VideoFormat& source,
                                      const WritableFrame& out) {
  if (is_packed(mode)) return draw_packed(mode, source, out);
  const ViewPlanes whole = planes_of(out);
  if (mode == StereoMode::LeftView) return eyes.draw(&whole, nullptr);
  if (mode == StereoMode::RightView) return eyes.draw(nullptr, &whole);
  if (mode == StereoMode::Depth) return eyes.draw_depth(whole);

  const WritableFrame first = views.acquire(source);
  const WritableFrame second = views.acquire(source);
  const ViewPlanes left = planes_of(first);
  const ViewPlanes right = planes_of(second);
  if (mode == StereoMode::Rgbd) {
    eyes.draw_source(left);
    eyes.draw_depth(right);
    return pack_views(StereoMode::FullSbs, left, right, out);
  }
  eyes.draw(&left, &right);
  if (mode == StereoMode::RowInterlaced) return interlace_rows(left, right, out);
  if (is_anaglyph(mode)) return mix_anaglyph(mode, left, right, out);
  VideoFormat half = out.format();
  half.width_px /= 2;
  project_onto_sphere(left, source, view_place(StereoMode::FullSbs, half, out, 0));
  project_onto_sphere(right, source, view_place(StereoMode::FullSbs, half, out, 1));
}

Result<std::unique_ptr<ForwardWarpRenderer>> ForwardWarpRenderer::create(StereoOptions options) {
  // Written so that NaN is rejected too.
  if (!(options.divergence >= 0 && options.divergence <= 10)) {
    return Error{ErrorCode::InvalidArgument, "divergence must be from 0 to 10 (percent)"};
  }
  if (!(options.convergence >= 0 && options.convergence <= 1)) {
    return Error{ErrorCode::InvalidArgument, "convergence must be from 0 to 1"};
  }
  if (options.edge_dilation_x_px < 0 || options.edge_dilation_x_px > 16 ||
      options.edge_dilation_y_px < 0 || options.edge_dilation_y_px > 16) {
    return Error{ErrorCode::InvalidArgument, "edge dilation must be from 0 to 16 (pixels)"};
  }
  if (!(options.ipd_offset >= -10 && options.ipd_offset <= 10)) {
    return Error{ErrorCode::InvalidArgument, "ipd offset must be from -10 to 10 (percent)"};
  }
  if (!(options.foreground_scale >= -3 && options.foreground_scale <= 3)) {
    return Error{ErrorCode::InvalidArgument, "foreground scale must be from -3 to 3"};
  }
  if (options.threads < 1 || options.threads > kMostThreads) {
    return Error{ErrorCode::InvalidArgument, "threads must be from 1 to 64"};
  }
  return std::unique_ptr<ForwardWarpRenderer>(new ForwardWarpRenderer(options));
}

ForwardWarpRenderer::ForwardWarpRenderer(StereoOptions options)
    : options_(options), state_(std::make_unique<State>(options)) {}
ForwardWarpRenderer::~ForwardWarpRenderer() = default;

Result<VideoFormat> ForwardWarpRenderer::output_format(const VideoFormat& source) const {
  if (source.pixel_format != PixelFormat::I420 && is_anaglyph(options_.mode)) {
    return Error{ErrorCode::Unsupported,
                 "anaglyphs are mixed in 8-bit SDR; choose another mode for HDR"};
  }
  const StereoModeInfo& mode = info(options_.mode);
  const bool shares_columns =
      options_.mode == StereoMode::HalfSbs || options_.mode == StereoMode::HalfCross;
  const int least_width = shares_columns ? 2 : 1;
  const int least_height = options_.mode == StereoMode::HalfTb ? 2 : 1;
  // Checked before the multiplication, which must not overflow.
  const bool fits = source.width_px <= kMaxSide && source.height_px <= kMaxSide;
  const VideoFormat packed = fits ? packed_format(options_.mode, source) : source;
  if (source.width_px < least_width || source.height_px < least_height ||
      packed.width_px > kMaxSide || packed.height_px > kMaxSide) {
    return Error{ErrorCode::InvalidArgument, "a frame of " + std::to_string(source.width_px) + "x" +
                                                 std::to_string(source.height_px) +
                                                 " cannot be packed as " + std::string(mode.name) +
                                                 ", whose sides are at most 16384 px"};
  }
  return packed;
}

Result<VideoFrame> ForwardWarpRenderer::render(const VideoFrame& frame, const DepthMap& depth) {
  const Result<VideoFormat> format = output_format(frame.format);
  if (!format) return format.error();
  if (auto checked = check_depth(depth); !checked) return checked.error();

  State& state = *state_;
  state.eyes.begin(frame, depth);
  WritableFrame packed = state.outputs.acquire(*format);
  state.draw(options_.mode, frame.format, packed);
  return std::move(packed).publish(frame.pts, frame.duration);
}

Bytes ForwardWarpRenderer::save_state() const { return state_->eyes.save_state(); }

Result<void> ForwardWarpRenderer::load_state(std::span<const std::uint8_t> state) {
  return state_->eyes.load_state(state);
}

}  // namespace streamkit::stereo

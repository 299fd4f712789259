#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "stereo/disparity_field.hpp"
#include "stereo/dubois_anaglyph.hpp"
#include "stereo/row_warp.hpp"
#include "stereo/view_packing.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kMaxSide = 16384;

// A copy of a row with its last pixel once more, so that the pixel after any may be read.
class PaddedRow {
 public:
  const std::uint8_t* load(const VideoPlane& plane, int y) {
    const auto width = static_cast<std::size_t>(plane.width_px);
    pixels_.resize(width + 1);
    std::memcpy(pixels_.data(), plane.row(y), width);
    pixels_[width] = pixels_[width - 1];
    return pixels_.data();
  }

 private:
  std::vector<std::uint8_t> pixels_;
};

Result<void> check_depth(const DepthMap& depth) {
  if (depth.width_px <= 0 || depth.height_px <= 0 ||
      depth.values.size() <
          static_cast<std::size_t>(depth.width_px) * static_cast<std::size_t>(depth.height_px)) {
    return Error{ErrorCode::InvalidArgument, "the depth map is empty or holds too few values"};
  }
  return {};
}

}  // namespace

struct ForwardWarpRenderer::State {
  FramePool outputs;
  FramePool views;
  DisparityField field;
  std::vector<std::int32_t> shifts;
  std::vector<std::int32_t> sources;
  PaddedRow luma[2];
  PaddedRow chroma[2];

  // Both eyes, row pair by row pair, while its source is in the cache.
  void warp(const VideoFrame& frame, const ViewPlanes& left, const ViewPlanes& right) {
    const int height = frame.format.height_px;
    for (int y = 0; y < height; y += 2) {
      const int below = std::min(y + 1, height - 1);
      field.row(y / 2, shifts);
      const std::uint8_t* luma0 = luma[0].load(frame.planes[0], y);
      const std::uint8_t* luma1 = luma[1].load(frame.planes[0], below);
      const std::uint8_t* u = chroma[0].load(frame.planes[1], y / 2);
      const std::uint8_t* v = chroma[1].load(frame.planes[2], y / 2);
      for (const Eye eye : {Eye::Left, Eye::Right}) {
        const ViewPlanes& view = eye == Eye::Left ? left : right;
        invert_shifts(shifts, eye, sources);
        sample_luma(sources, luma0, luma1, view[0].row(y), view[0].row(below));
        sample_chroma(sources, u, v, view[1].row(y / 2), view[2].row(y / 2));
      }
    }
  }
};

Result<std::unique_ptr<ForwardWarpRenderer>> ForwardWarpRenderer::create(StereoOptions options) {
  // Written so that NaN fails too.
  if (!(options.divergence >= 0 && options.divergence <= 10)) {
    return Error{ErrorCode::InvalidArgument, "divergence must be from 0 to 10 (percent)"};
  }
  if (!(options.convergence >= 0 && options.convergence <= 1)) {
    return Error{ErrorCode::InvalidArgument, "convergence must be from 0 to 1"};
  }
  return std::unique_ptr<ForwardWarpRenderer>(new ForwardWarpRenderer(options));
}

ForwardWarpRenderer::ForwardWarpRenderer(StereoOptions options)
    : options_(options), state_(std::make_unique<State>()) {}
ForwardWarpRenderer::~ForwardWarpRenderer() = default;

Result<VideoFormat> ForwardWarpRenderer::output_format(const VideoFormat& source) const {
  if (source.pixel_format != PixelFormat::I420) {
    return Error{ErrorCode::Unsupported, "only 8-bit 4:2:0 pictures can be rendered"};
  }
  const StereoModeInfo& mode = info(options_.mode);
  const int least_width = options_.mode == StereoMode::HalfSbs ? 2 : 1;
  const int least_height = options_.mode == StereoMode::HalfTb ? 2 : 1;
  if (source.width_px < least_width || source.height_px < least_height ||
      source.width_px > kMaxSide / mode.width_factor ||
      source.height_px > kMaxSide / mode.height_factor) {
    return Error{ErrorCode::InvalidArgument, "a picture of " + std::to_string(source.width_px) +
                                                 "x" + std::to_string(source.height_px) +
                                                 " cannot be packed as " + std::string(mode.name) +
                                                 ", whose sides are at most 16384 px"};
  }
  return packed_format(options_.mode, source);
}

Result<VideoFrame> ForwardWarpRenderer::render(const VideoFrame& frame, const DepthMap& depth) {
  const Result<VideoFormat> format = output_format(frame.format);
  if (!format) return format.error();
  if (auto checked = check_depth(depth); !checked) return checked.error();

  State& state = *state_;
  const double widest = options_.divergence / 100 * frame.format.width_px / 2;
  state.field.begin(frame, depth,
                    {static_cast<float>(widest), static_cast<float>(options_.convergence)});
  WritableFrame packed = state.outputs.acquire(*format);
  if (draws_in_place(options_.mode, frame.format)) {
    state.warp(frame, view_place(options_.mode, frame.format, packed, 0),
               view_place(options_.mode, frame.format, packed, 1));
  } else {
    const WritableFrame left = state.views.acquire(frame.format);
    const WritableFrame right = state.views.acquire(frame.format);
    state.warp(frame, planes_of(left), planes_of(right));
    if (options_.mode == StereoMode::AnaglyphDubois) {
      mix_dubois(planes_of(left), planes_of(right), packed);
    } else {
      pack_views(options_.mode, planes_of(left), planes_of(right), packed);
    }
  }
  return std::move(packed).publish(frame.pts, frame.duration);
}

}  // namespace streamkit::stereo

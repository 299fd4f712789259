#include "media/x26x_options.hpp"

#include "media/hdr_metadata.hpp"

namespace streamkit::media {
namespace {

// Larger frames are encoded one at a time: 3840x1080 then takes 130 MB less memory and 0.3 % more
// bits. Smaller ones are encoded faster if several are encoded concurrently.
constexpr int kMostPixelsInFlight = 3'000'000;

std::string x264_params(const EncoderPlan& plan) {
  // Timestamps are flicks, which say nothing about the frame rate; with force-cfr, rate control and
  // VUI use the frame rate instead.
  std::string params = "force-cfr=1";
  if (plan.forced_keyframes) params += ":scenecut=0:repeat-headers=1";
  // If each thread encodes its own frame, each keeps several more frames in memory; threads that
  // encode slices of one frame do not.
  if (plan.format.width_px * plan.format.height_px > kMostPixelsInFlight) {
    params += ":sliced-threads=1";
  }
  return params;
}

std::string x265_params(const EncoderPlan& plan) {
  // x265 prints to standard error by itself, and has open GOPs unless told otherwise.
  std::string params = "log-level=none:open-gop=0:info=0";
  if (plan.forced_keyframes) params += ":scenecut=0:repeat-headers=1";
  if (plan.options.threads > 0) params += ":pools=" + std::to_string(plan.options.threads);
  const bool hdr = plan.format.pixel_format == PixelFormat::I420P10;
  return hdr ? params + x265_hdr_params(plan.options.hdr) : params;
}

}  // namespace

const char* encoder_name(VideoCodec codec) noexcept {
  return codec == VideoCodec::Hevc ? "libx265" : "libx264";
}

const char* display_name(VideoCodec codec) noexcept {
  return codec == VideoCodec::Hevc ? "HEVC" : "H.264";
}

void set_encoder_options(VideoCodec codec, const EncoderPlan& plan, Options& options) {
  options.set("preset", plan.options.preset);
  if (!plan.options.video_bit_rate_bps) options.set("crf", std::to_string(plan.options.crf));
  if (plan.forced_keyframes) options.set("forced-idr", "1");
  if (codec == VideoCodec::Hevc) {
    options.set("x265-params", x265_params(plan));
  } else {
    options.set("x264-params", x264_params(plan));
  }
}

}  // namespace streamkit::media

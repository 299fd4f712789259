#include "media/encoder_backend.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string>

namespace streamkit::media {
namespace {

constexpr std::array kBackends = {
    EncoderBackend{"h264_nvenc", VideoCodec::H264, EncoderFamily::Nvenc},
    EncoderBackend{"h264_videotoolbox", VideoCodec::H264, EncoderFamily::VideoToolbox},
    EncoderBackend{"h264_qsv", VideoCodec::H264, EncoderFamily::Qsv},
    EncoderBackend{"h264_vaapi", VideoCodec::H264, EncoderFamily::Vaapi},
    EncoderBackend{"h264_mf", VideoCodec::H264, EncoderFamily::MediaFoundation},
    EncoderBackend{"h264_v4l2m2m", VideoCodec::H264, EncoderFamily::V4l2},
    EncoderBackend{"libx264", VideoCodec::H264, EncoderFamily::X26x},
    EncoderBackend{"hevc_nvenc", VideoCodec::Hevc, EncoderFamily::Nvenc},
    EncoderBackend{"hevc_videotoolbox", VideoCodec::Hevc, EncoderFamily::VideoToolbox},
    EncoderBackend{"hevc_qsv", VideoCodec::Hevc, EncoderFamily::Qsv},
    EncoderBackend{"hevc_vaapi", VideoCodec::Hevc, EncoderFamily::Vaapi},
    EncoderBackend{"hevc_mf", VideoCodec::Hevc, EncoderFamily::MediaFoundation},
    EncoderBackend{"hevc_v4l2m2m", VideoCodec::Hevc, EncoderFamily::V4l2},
    EncoderBackend{"libx265", VideoCodec::Hevc, EncoderFamily::X26x},
};

// More frames than a chunk of 60 s at 240 Hz has. Quick Sync stores the number in 16 bits.
constexpr int kFramesBetweenForcedKeyframes = 32'767;
constexpr int kFramesBetweenKeyframes = 250;

// Returns a bit rate for encoders without constant quality: 0.1 bits a pixel are of the quality of
// crf 23 with the usual scenes, and each 6 steps of crf halve it.
std::int64_t bit_rate_of_quality(const EncoderPlan& plan) {
  const double pixels = static_cast<double>(plan.format.width_px) * plan.format.height_px *
                        plan.format.frame_rate.hz();
  const double rate = pixels * 0.1 * std::exp2((23.0 - plan.options.crf) / 6);
  return std::llround(std::clamp(rate, 100e3, 200e6));
}

void set_bit_rate(AVCodecContext& codec, std::int64_t bits) {
  codec.bit_rate = bits;
  codec.rc_max_rate = bits * 3 / 2;
  codec.rc_buffer_size = static_cast<int>(std::min<std::int64_t>(codec.rc_max_rate, 1 << 30));
}

// The presets of x264 in seven steps, 1 the fastest.
int speed_step(std::string_view preset) {
  constexpr std::array<std::string_view, 9> kPresets = {"ultrafast", "superfast", "veryfast",
                                                        "faster",    "fast",      "medium",
                                                        "slow",      "slower",    "veryslow"};
  const auto at = std::find(kPresets.begin(), kPresets.end(), preset) - kPresets.begin();
  return std::clamp(static_cast<int>(at) - 1, 1, 7);
}

void set_nvenc(const EncoderPlan& plan, Options& options) {
  options.set("preset", "p" + std::to_string(speed_step(plan.options.preset)));
  options.set("rc", "vbr");
  // 0 would leave the quality to the driver.
  if (!plan.options.video_bit_rate_bps)
    options.set("cq", std::to_string(std::max(plan.options.crf, 1)));
  options.set("forced-idr", "1");
  options.set("strict_gop", "1");
  options.set("no-scenecut", plan.forced_keyframes ? "1" : "0");
  options.set("delay", "0");
}

void set_qsv(const EncoderPlan& plan, AVCodecContext& codec, Options& options) {
  constexpr std::array kNames = {"veryfast", "faster", "fast",    "medium",
                                 "slow",     "slower", "veryslow"};
  options.set("preset", kNames[static_cast<std::size_t>(speed_step(plan.options.preset) - 1)]);
  if (!plan.options.video_bit_rate_bps) codec.global_quality = std::max(plan.options.crf, 1);
  options.set("forced_idr", "1");
  options.set("async_depth", "2");
  options.set("look_ahead", "0");
}

void set_media_foundation(const EncoderPlan& plan, Options& options) {
  options.set("hw_encoding", "1");
  options.set("scenario", "live_streaming");
  options.set("rate_control", plan.options.video_bit_rate_bps ? "pc_vbr" : "quality");
  if (!plan.options.video_bit_rate_bps) {
    options.set("quality", std::to_string(100 - plan.options.crf * 100 / 51));
  }
}

bool any_usable(const std::filesystem::path& folder, std::string_view prefix) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && ::access(entry.path().c_str(), R_OK | W_OK) == 0) return true;
  }
  return false;
}

}  // namespace

std::span<const EncoderBackend> encoder_backends() noexcept { return kBackends; }

const EncoderBackend* find_backend(std::string_view name) noexcept {
  const auto* found = std::find_if(kBackends.begin(), kBackends.end(),
                                   [&](const EncoderBackend& each) { return each.name == name; });
  return found == kBackends.end() ? nullptr : found;
}

const EncoderBackend& software_backend(VideoCodec codec) noexcept {
  return *find_backend(encoder_name(codec));
}

const char* needs_of(EncoderFamily family) noexcept {
  switch (family) {
    case EncoderFamily::Nvenc:
      return "an NVIDIA GPU with an encoder, and its driver (libnvidia-encode)";
    case EncoderFamily::Vaapi:
      return "an Intel or AMD GPU with a VA-API driver, and access to /dev/dri/renderD128 (join "
             "the "
             "group render)";
    case EncoderFamily::Qsv:
      return "an Intel GPU with the Media SDK runtime, and access to /dev/dri/renderD128 (join the "
             "group render)";
    case EncoderFamily::V4l2:
      return "a V4L2 memory-to-memory encoder, and access to its /dev/video* (join the group "
             "video)";
    case EncoderFamily::VideoToolbox:
      return "macOS";
    case EncoderFamily::MediaFoundation:
      return "Windows with a hardware encoder";
    case EncoderFamily::X26x:
    case EncoderFamily::Other:
      break;
  }
  return "an FFmpeg that contains it";
}

const char* missing_device(EncoderFamily family) noexcept {
  // Without these the libraries below FFmpeg fail, too, and print lines of their own.
  if (family == EncoderFamily::Vaapi || family == EncoderFamily::Qsv) {
    return any_usable("/dev/dri", "renderD") ? nullptr : "no usable /dev/dri/renderD* exists";
  }
  if (family == EncoderFamily::V4l2) {
    return any_usable("/dev", "video") ? nullptr : "no usable /dev/video* exists";
  }
  return nullptr;
}

bool has_device(EncoderFamily family) noexcept {
  if (family == EncoderFamily::Nvenc) return any_usable("/dev", "nvidia");
  return missing_device(family) == nullptr;
}

std::vector<AVPixelFormat> input_layouts(const EncoderBackend& backend, PixelFormat source) {
  if (source == PixelFormat::I420P10) return {AV_PIX_FMT_YUV420P10};
  switch (backend.family) {
    case EncoderFamily::Vaapi:
      return {AV_PIX_FMT_VAAPI};
    case EncoderFamily::Qsv:
      return {AV_PIX_FMT_NV12};
    case EncoderFamily::MediaFoundation:
      return {AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P};
    case EncoderFamily::Nvenc:
    case EncoderFamily::V4l2:
    case EncoderFamily::VideoToolbox:
    case EncoderFamily::Other:
      return {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12};
    case EncoderFamily::X26x:
      break;
  }
  return {AV_PIX_FMT_YUV420P};
}

void set_backend_options(const EncoderBackend& backend, const EncoderPlan& plan,
                         AVCodecContext& codec, Options& options) {
  const auto bit_rate = plan.options.video_bit_rate_bps;
  if (bit_rate) set_bit_rate(codec, *bit_rate);
  codec.gop_size = plan.forced_keyframes ? kFramesBetweenForcedKeyframes : kFramesBetweenKeyframes;
  switch (backend.family) {
    case EncoderFamily::X26x:
      if (plan.forced_keyframes) codec.gop_size = 1 << 20;
      set_encoder_options(backend.codec, plan, options);
      return;
    case EncoderFamily::Nvenc:
      set_nvenc(plan, options);
      return;
    case EncoderFamily::Qsv:
      set_qsv(plan, codec, options);
      return;
    case EncoderFamily::MediaFoundation:
      set_media_foundation(plan, options);
      return;
    case EncoderFamily::Vaapi:
      // Without a bit rate the driver takes this as constant quality, or as the quantizer.
      if (!bit_rate) codec.global_quality = std::max(plan.options.crf, 1);
      options.set("async_depth", "2");
      return;
    case EncoderFamily::VideoToolbox:
      options.set("realtime", "1");
      break;
    case EncoderFamily::Other:
      options.set("forced-idr", "1");  // an encoder without this option ignores it
      break;
    case EncoderFamily::V4l2:
      break;
  }
  if (!bit_rate) set_bit_rate(codec, bit_rate_of_quality(plan));
}

}  // namespace streamkit::media

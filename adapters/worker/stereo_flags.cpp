#include "worker/stereo_flags.hpp"

#include <streamkit/media/encoder_probe.hpp>
#include <string_view>
#include <utility>

#include "common/stereo_flags.hpp"

namespace streamkit::worker_tool {
namespace {

constexpr std::string_view kDepthFlag = "depth";

}  // namespace

std::vector<common::Flag> conversion_flags(const char* default_preset, const char* default_crf) {
  std::vector<common::Flag> flags;
  for (common::Flag& flag : common::stereo_flags(common::StereoFlagUse::Worker)) {
    if (flag.name != kDepthFlag) flags.push_back(std::move(flag));
  }
  flags.push_back({"preset", "NAME", "encoder preset, ultrafast to veryslow", default_preset});
  flags.push_back({"crf", "NUMBER", "encoder quality, 0 (with h264 lossless) to 51", default_crf});
  return flags;
}

Result<stereo::StereoOptions> stereo_options(const common::Arguments& arguments) {
  const auto choice = common::read_stereo_flags(arguments);
  if (!choice) return choice.error();
  return stereo::with_choice({}, *choice);
}

Result<media::EncoderOptions> encoder_config(const common::Arguments& arguments,
                                             const common::CodecChoice& codec) {
  const auto crf = arguments.integer("crf", 0, 51);
  if (!crf) return crf.error();
  media::EncoderOptions config;
  config.preset = arguments.text("preset");
  config.crf = static_cast<int>(*crf);
  config.codec = codec.codec;
  // Only opening an encoder shows whether the preset exists. A small one reports an error before
  // any work is lost.
  VideoFormat probe{.width_px = 64, .height_px = 64};
  if (codec.keep_hdr) probe.pixel_format = PixelFormat::I420P10;
  if (auto opened = media::open_encoder(config, probe); !opened) return opened.error();
  // HDR is encoded by libx265.
  if (codec.encoder.empty() || codec.keep_hdr) return config;
  config.encoder = codec.encoder;
  const VideoFormat usual{.width_px = 1920, .height_px = 1080, .frame_rate = {30, 1}};
  auto chosen = media::choose_encoder(config, usual);
  if (!chosen) return chosen.error();
  config.encoder = *std::move(chosen);
  return config;
}

bool is_hardware(const media::EncoderOptions& options) {
  return !options.encoder.empty() && !options.encoder.starts_with("lib");
}

}  // namespace streamkit::worker_tool

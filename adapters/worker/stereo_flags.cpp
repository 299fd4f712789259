#include "worker/stereo_flags.hpp"

namespace streamkit::worker {

std::vector<common::Flag> conversion_flags(const char* default_preset, const char* default_crf) {
  return {
      {"divergence", "PERCENT",
       "depth: largest shift between the eyes, in percent of the width, 0 to 10", "2.0"},
      {"convergence", "SHARE", "which depth lies in the screen: 0 all before it, 1 all behind it",
       "0.5"},
      {"preset", "NAME", "x264 preset, ultrafast to veryslow", default_preset},
      {"crf", "NUMBER", "x264 quality, 0 (lossless) to 51", default_crf},
  };
}

Result<stereo::StereoOptions> stereo_options(const common::Arguments& arguments) {
  const auto divergence = arguments.number("divergence", 0, 10);
  if (!divergence) return divergence.error();
  const auto convergence = arguments.number("convergence", 0, 1);
  if (!convergence) return convergence.error();
  stereo::StereoOptions options;
  options.divergence = *divergence;
  options.convergence = *convergence;
  return options;
}

Result<media::EncoderConfig> encoder_config(const common::Arguments& arguments) {
  const auto crf = arguments.integer("crf", 0, 51);
  if (!crf) return crf.error();
  media::EncoderConfig config;
  config.preset = arguments.text("preset");
  config.crf = static_cast<int>(*crf);
  // Opening an encoder is what knows the presets; a small one tells before any work is lost.
  const VideoFormat probe{.width_px = 64, .height_px = 64};
  if (auto opened = media::open_encoder(config, probe); !opened) return opened.error();
  return config;
}

}  // namespace streamkit::worker

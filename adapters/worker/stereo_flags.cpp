#include "worker/stereo_flags.hpp"

#include <algorithm>
#include <array>
#include <streamkit/media/encoder_probe.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace streamkit::worker_tool {
namespace {

// The names are in the order of the enumerators.
constexpr std::array<std::string_view, 3> kSyntheticViews = {"both", "left", "right"};
constexpr std::array<std::string_view, 3> kScreenEdges = {"fill", "preserve", "window"};

template <typename Enumeration>
Result<Enumeration> one_of(const common::Arguments& arguments, std::string_view flag,
                           std::span<const std::string_view> names) {
  const auto name = arguments.choice(flag, names);
  if (!name) return name.error();
  return static_cast<Enumeration>(std::find(names.begin(), names.end(), *name) - names.begin());
}

Result<void> read_convergence(const common::Arguments& arguments, stereo::StereoOptions& options) {
  options.automatic_convergence = arguments.text("convergence") == "auto";
  if (options.automatic_convergence) return {};
  const auto convergence = arguments.number("convergence", 0, 1);
  if (!convergence) return arguments.wrong("convergence", "expected a number from 0 to 1, or auto");
  options.convergence = *convergence;
  return {};
}

Result<void> read_look(const common::Arguments& arguments, stereo::StereoOptions& options) {
  const auto view = one_of<stereo::SyntheticView>(arguments, "synthetic-view", kSyntheticViews);
  if (!view) return view.error();
  options.synthetic_view = *view;
  const auto edge = one_of<stereo::ScreenEdge>(arguments, "screen-edge", kScreenEdges);
  if (!edge) return edge.error();
  options.screen_edge = *edge;
  const auto ipd_offset = arguments.number("ipd-offset", -10, 10);
  if (!ipd_offset) return ipd_offset.error();
  options.ipd_offset = *ipd_offset;
  const auto foreground_scale = arguments.number("foreground-scale", -3, 3);
  if (!foreground_scale) return foreground_scale.error();
  options.foreground_scale = *foreground_scale;
  return {};
}

}  // namespace

std::vector<common::Flag> conversion_flags(const char* default_preset, const char* default_crf) {
  return {
      {"divergence", "PERCENT",
       "depth: largest shift between the eyes, in percent of the width, 0 to 10", "2.0"},
      {"convergence", "SHARE",
       "the depth at the screen: 0 all before it, 1 all behind it; auto: that of the middle of "
       "the frame",
       "0.5"},
      {"synthetic-view", "EYE",
       "both: each eye sees half of the shift; left or right: that eye all of it, the other the "
       "source",
       "both"},
      {"screen-edge", "NAME",
       "left and right edge of the frame: fill (continued), preserve (depth fades out) or window "
       "(black bars before the nearest object)",
       "fill"},
      {"edge-dilation-x", "PIXELS", "pixels by which near objects grow sideways, 0 to 16", "2"},
      {"edge-dilation-y", "PIXELS", "pixels by which near objects grow up and down, 0 to 16", "2"},
      {"ipd-offset", "PERCENT", "moves the views apart, all into the depth, -10 to 10", "0"},
      {"foreground-scale", "NUMBER",
       "above 0 gives more of the depth to what is near, below 0 to what is far, -3 to 3", "0"},
      {"preset", "NAME", "encoder preset, ultrafast to veryslow", default_preset},
      {"crf", "NUMBER", "encoder quality, 0 (with h264 lossless) to 51", default_crf},
  };
}

Result<stereo::StereoOptions> stereo_options(const common::Arguments& arguments) {
  stereo::StereoOptions options;
  const auto divergence = arguments.number("divergence", 0, 10);
  if (!divergence) return divergence.error();
  options.divergence = *divergence;
  if (auto read = read_convergence(arguments, options); !read) return read.error();
  if (auto read = read_look(arguments, options); !read) return read.error();
  const auto across = arguments.integer("edge-dilation-x", 0, 16);
  if (!across) return across.error();
  options.edge_dilation_x_px = static_cast<int>(*across);
  const auto down = arguments.integer("edge-dilation-y", 0, 16);
  if (!down) return down.error();
  options.edge_dilation_y_px = static_cast<int>(*down);
  return options;
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

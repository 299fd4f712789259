#include "capture/capture_options.hpp"

#include <array>
#include <streamkit/net/url.hpp>

#include <streamkit/telemetry/json_logger.hpp>

namespace streamkit::capture_tool {
namespace {

constexpr std::array<std::string_view, 2> kSpeeds = {"realtime", "max"};
constexpr std::array<std::string_view, 3> kSizes = {"source", "720p", "1080p"};

int height_of(std::string_view size) {
  if (size == "720p") return 720;
  if (size == "1080p") return 1080;
  return 0;
}

}  // namespace

std::vector<common::Flag> capture_flags() {
  return {
      {"input,i", "FILE|test", "the video file to capture, or test: a generated scene", "test"},
      {"mode,m", "NAME", "how the views are packed: " + std::string(stereo_mode_names()), "sbs"},
      {"chunk-seconds", "SECONDS", "length of a chunk, 0.5 to 60", "5"},
      {"speed", "NAME", "realtime, or max: as fast as the machine can", "realtime"},
      {"duration,t", "SECONDS", "stop after so much; 0: when the input ends", "0"},
      {"loop", "", "start the file again at its end"},
      {"size", "NAME", "source, 720p or 1080p; never enlarged", "source"},
      {"capture-preset", "NAME", "x264 preset of the 2D chunks", "superfast"},
      {"video-bit-rate", "BPS", "target bit rate of the 2D chunks; 0: constant quality", "0"},
      {"capture-crf", "NUMBER", "x264 quality of the 2D chunks, 0 to 51", "23"},
      {"audio-bit-rate", "BPS", "16000 to 512000", "128000"},
  };
}

Result<CaptureConfig> read_capture_config(const common::Arguments& arguments) {
  CaptureConfig config;
  const auto input = arguments.required("input");
  if (!input) return input.error();
  config.input = *input;
  const auto mode = parse_stereo_mode(arguments.text("mode"));
  if (!mode) return arguments.wrong("mode", "use one of " + std::string(stereo_mode_names()));
  config.mode = *mode;
  const auto chunk_seconds = arguments.number("chunk-seconds", 0.5, 60);
  if (!chunk_seconds) return chunk_seconds.error();
  config.encoder.chunk_duration = from_seconds(*chunk_seconds);
  const auto speed = arguments.choice("speed", kSpeeds);
  if (!speed) return speed.error();
  config.pacing = *speed == "max" ? capture::Pacing::AsFastAsPossible : capture::Pacing::Realtime;
  const auto duration = arguments.number("duration", 0, 1e6);
  if (!duration) return duration.error();
  config.duration = from_seconds(*duration);
  const auto loop = arguments.boolean("loop");
  if (!loop) return loop.error();
  config.loop = *loop;
  const auto size = arguments.choice("size", kSizes);
  if (!size) return size.error();
  config.encoder.height_px = height_of(*size);
  config.encoder.preset = arguments.text("capture-preset");
  const auto bit_rate = arguments.integer("video-bit-rate", 0, 1'000'000'000);
  if (!bit_rate) return bit_rate.error();
  if (*bit_rate > 0) config.encoder.video_bit_rate_bps = static_cast<int>(*bit_rate);
  const auto crf = arguments.integer("capture-crf", 0, 51);
  if (!crf) return crf.error();
  config.encoder.crf = static_cast<int>(*crf);
  const auto audio = arguments.integer("audio-bit-rate", 16'000, 512'000);
  if (!audio) return audio.error();
  config.encoder.audio_bit_rate_bps = static_cast<int>(*audio);
  return config;
}

common::CommandLine capture_command_line() {
  std::vector<common::Flag> flags = {
      {"api-base", "URL", "the server", "http://localhost:8000", {"STREAM_CAPTURE_API_BASE"}},
      {"api-key", "KEY", "bearer token for creating sessions", "", {"STREAM_CAPTURE_API_KEY"}},
      {"ca-file",
       "FILE",
       "PEM file of the authorities to trust for HTTPS, when not the system's",
       "",
       {"SSL_CERT_FILE"}},
      {"log-level", "LEVEL", "debug, info, warning or error", "warning"},
  };
  for (common::Flag& flag : capture_flags()) flags.push_back(std::move(flag));
  return common::CommandLine("streamkit-capture [options]",
                             "Captures a video, cuts it into chunks and uploads them to a server.",
                             std::move(flags));
}

Result<CaptureOptions> read_capture_options(const common::Arguments& arguments) {
  auto config = read_capture_config(arguments);
  if (!config) return config.error();
  CaptureOptions options{std::move(*config)};
  const auto api_base = arguments.required("api-base");
  if (!api_base) return api_base.error();
  if (const auto url = net::parse_url(*api_base); !url) {
    return arguments.wrong("api-base", "'" + *api_base + "': " + url.error().message);
  }
  options.capture.api_base = *api_base;
  options.capture.api_key = arguments.text("api-key");
  options.capture.ca_file = arguments.text("ca-file");
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

}  // namespace streamkit::capture_tool

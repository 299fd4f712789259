#include "capture/capture_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <streamkit/net/stereo_json.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <utility>

#include "capture/capture_flags.hpp"
#include "capture/spool_folder.hpp"
#include "common/codec_flags.hpp"
#include "common/server_flags.hpp"
#include "common/stereo_flags.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::array<std::string_view, 2> kBackends = {"ffmpeg", "gstreamer"};
constexpr std::array<std::string_view, 2> kSpeeds = {"realtime", "max"};

constexpr double kHighestRate = 240;
constexpr int kSmallestSide = 16;
constexpr int kLargestSide = 8192;
constexpr int kAdaptiveStartBps = 4'000'000;

Result<void> read_rate(const common::Arguments& arguments, CaptureOptions& options) {
  const std::string text = arguments.text("fps");
  options.stated_rate = text == "source";
  if (text == "auto" || text == "source") return {};
  options.frame_rate = parse_frame_rate(text);
  if (options.frame_rate && options.frame_rate->hz() <= kHighestRate) return {};
  return arguments.wrong("fps", "use auto, source, or a rate up to 240 such as 30 or 30000/1001");
}

// Reads "a,b,c"; an empty text has no words.
std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<void> read_file_options(const common::Arguments& arguments, CaptureOptions& options) {
  options.tracks = {arguments.text("video-track"), arguments.text("audio-track")};
  const auto speed = arguments.choice("speed", kSpeeds);
  if (!speed) return speed.error();
  options.pacing = *speed == "max" ? capture::Pacing::AsFastAsPossible : capture::Pacing::Realtime;
  const auto loop = arguments.boolean("loop");
  if (!loop) return loop.error();
  options.loop = *loop;
  const auto playlists = arguments.boolean("allow-playlists");
  if (!playlists) return playlists.error();
  options.allow_playlists = *playlists;
  return {};
}

Result<void> read_input(const common::Arguments& arguments, CaptureOptions& options) {
  const auto source = arguments.required("source");
  if (!source) return source.error();
  options.source = *source;
  const auto backend = arguments.choice("backend", kBackends);
  if (!backend) return backend.error();
  options.gstreamer = *backend == "gstreamer";
  options.audio = comma_separated(arguments.text("audio"));
  const auto duration = arguments.number("duration", 0, 1e6);
  if (!duration) return duration.error();
  options.duration = from_seconds(*duration);
  const auto resolution = parse_resolution(arguments.text("resolution"));
  if (!resolution) {
    return arguments.wrong("resolution",
                           "use source, 720p, 1080p, or even numbers from 16 to 8192 as in "
                           "1280x720 (--size is another name)");
  }
  options.resolution = *resolution;
  const auto no_cursor = arguments.boolean("no-cursor");
  if (!no_cursor) return no_cursor.error();
  options.cursor = !*no_cursor;
  const auto ask_source = arguments.boolean("ask-source");
  if (!ask_source) return ask_source.error();
  options.ask_source = *ask_source;
  if (auto read = read_file_options(arguments, options); !read) return read;
  return read_rate(arguments, options);
}

Result<void> read_encoder(const common::Arguments& arguments, CaptureOptions& options) {
  media::EncoderOptions& encoder = options.encoder;
  const auto chunk_seconds = arguments.number("chunk-seconds", 0.5, 60);
  if (!chunk_seconds) return chunk_seconds.error();
  encoder.chunk_duration = from_seconds(*chunk_seconds);
  const auto name = arguments.required("encoder");
  if (!name) return name.error();
  options.encoder_name = *name;
  encoder.preset = arguments.text("capture-preset");
  const auto bit_rate = arguments.integer("video-bit-rate", 0, 1'000'000'000);
  if (!bit_rate) return bit_rate.error();
  if (*bit_rate > 0) encoder.video_bit_rate_bps = static_cast<int>(*bit_rate);
  const auto adaptive = arguments.boolean("adaptive-bitrate");
  if (!adaptive) return adaptive.error();
  options.adaptive_bit_rate = *adaptive;
  if (*adaptive && !encoder.video_bit_rate_bps) encoder.video_bit_rate_bps = kAdaptiveStartBps;
  const auto crf = arguments.integer("capture-crf", 0, 51);
  if (!crf) return crf.error();
  encoder.crf = static_cast<int>(*crf);
  const auto audio = arguments.integer("audio-bit-rate", 16'000, 512'000);
  if (!audio) return audio.error();
  encoder.audio_bit_rate_bps = static_cast<int>(*audio);
  const auto codec = common::read_codec_flags(arguments);
  if (!codec) return codec.error();
  encoder.codec = codec->codec;
  options.keep_hdr = codec->keep_hdr;
  return {};
}

Result<void> read_spool(const common::Arguments& arguments, CaptureOptions& options) {
  const std::string spool = arguments.text("spool");
  if (spool == "none") {
    options.spool = SpoolChoice::None;
  } else if (!spool.empty() && spool != "auto") {
    options.spool = SpoolChoice::Folder;
    options.spool_folder = spool;
  }
  const auto mib = arguments.integer("spool-mib", 16, 1 << 24);
  if (!mib) return mib.error();
  const auto minutes = arguments.number("spool-minutes", 0.5, 100'000);
  if (!minutes) return minutes.error();
  constexpr double kSecondsPerMinute = 60;
  client::SpoolLimits& limits = options.publisher.spool.limits;
  limits.max_bytes = static_cast<std::uint64_t>(*mib) << 20;
  limits.max_duration = from_seconds(*minutes * kSecondsPerMinute);
  return {};
}

Result<void> read_publisher(const common::Arguments& arguments,
                            client::PublisherOptions& publisher) {
  const auto api_base = common::read_api_base(arguments);
  if (!api_base) return api_base.error();
  publisher.server = *api_base;
  publisher.api_key = arguments.text("api-key");
  const auto mode = parse_stereo_mode(arguments.text("mode"));
  if (!mode) return arguments.wrong("mode", "use one of " + std::string(stereo_mode_names()));
  publisher.mode = *mode;
  const auto stereo = common::read_stereo_flags(arguments);
  if (!stereo) return stereo.error();
  publisher.stereo = *stereo;
  const auto give_up_after = arguments.number("give-up-after", 1, 86'400);
  if (!give_up_after) return give_up_after.error();
  publisher.give_up_after = std::chrono::milliseconds(std::llround(*give_up_after * 1000));
  const auto buffer = arguments.integer("buffer-mib", 1, 65'536);
  if (!buffer) return buffer.error();
  publisher.max_buffered_bytes = static_cast<std::uint64_t>(*buffer) << 20;
  return {};
}

std::optional<int> read_side(std::string_view text) {
  int side = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (side < kSmallestSide || side > kLargestSide || side % 2 != 0) return std::nullopt;
  return side;
}

}  // namespace

std::optional<Resolution> parse_resolution(std::string_view text) {
  if (text == "source") return Resolution{};
  if (text == "720p") return Resolution{0, 720};
  if (text == "1080p") return Resolution{0, 1080};
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto width = read_side(text.substr(0, cross));
  const auto height = read_side(text.substr(cross + 1));
  if (!width || !height) return std::nullopt;
  return Resolution{*width, *height};
}

common::CommandLine capture_command_line() {
  return common::CommandLine(
      "streamkit-capture [start] [SOURCE] [options]",
      "Captures a screen, window, camera, stream or file, cuts it into chunks and uploads them to "
      "a\nserver. Ctrl-C ends the stream cleanly; a second one ends the program immediately.\n\n"
      "Other commands, each with its own --help:\n"
      "  streamkit-capture sources    lists screens, windows, cameras and audio devices\n"
      "  streamkit-capture encoders   lists the video encoders that work on this machine\n"
      "  streamkit-capture resume     continues a stream after a crash\n"
      "  streamkit-capture ui         opens the control page in the browser\n\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 failed, but `resume` can continue,\n"
      "130 ended by a second Ctrl-C.",
      capture_flags(), {"source"});
}

Result<CaptureOptions> read_capture_options(const common::Arguments& arguments) {
  CaptureOptions options;
  if (auto read = read_input(arguments, options); !read) return read.error();
  if (auto read = read_encoder(arguments, options); !read) return read.error();
  if (auto read = read_publisher(arguments, options.publisher); !read) return read.error();
  if (auto read = read_spool(arguments, options); !read) return read.error();
  options.publisher.chunk_duration = options.encoder.chunk_duration;
  // An input that is read as fast as possible can wait, so one chunk ahead is enough to keep all
  // stages busy.
  if (options.pacing == capture::Pacing::AsFastAsPossible)
    options.publisher.max_buffered_chunks = 1;
  options.ca_file = arguments.text("ca-file");
  options.recording = arguments.text("record");
  const auto json = arguments.boolean("json");
  if (!json) return json.error();
  options.json = *json;
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

Result<CaptureOptions> parse_capture_options(const std::vector<std::string>& words,
                                             const common::Environment& environment) {
  const auto arguments = capture_command_line().parse(words, environment);
  if (!arguments) return arguments.error();
  auto options = read_capture_options(*arguments);
  if (options) options->words = without_secrets(words);
  return options;
}

Result<void> choose_stereo(const std::string& stereo_json, CaptureOptions& options) {
  if (stereo_json.empty()) return {};
  const auto chosen = net::parse_stereo_json(stereo_json);
  if (!chosen) return chosen.error();
  if (chosen->mode) options.publisher.mode = *chosen->mode;
  options.publisher.stereo = chosen->choice;
  return {};
}

std::vector<std::string> given_words(const common::Arguments& arguments,
                                     const std::vector<common::Flag>& flags) {
  std::vector<std::string> words;
  for (const common::Flag& flag : flags) {
    const std::string name = flag.name.substr(0, flag.name.find(','));
    if (!arguments.given(name)) continue;
    words.push_back("--" + name + (flag.value_name.empty() ? "" : "=" + arguments.text(name)));
  }
  return words;
}

std::vector<std::string> without_secrets(const std::vector<std::string>& words) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--api-key") {
      ++i;  // and its value
    } else if (!words[i].starts_with("--api-key=")) {
      kept.push_back(words[i]);
    }
  }
  return kept;
}

}  // namespace streamkit::capture_tool

#include "capture/capture_options.hpp"

#include <array>
#include <cmath>
#include <streamkit/telemetry/json_logger.hpp>

#include "common/codec_flags.hpp"
#include "common/server_flags.hpp"
#include "common/stereo_flags.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::array<std::string_view, 2> kSpeeds = {"realtime", "max"};
constexpr std::array<std::string_view, 3> kSizes = {"source", "720p", "1080p"};

constexpr double kHighestRate = 240;

int height_of(std::string_view size) {
  if (size == "720p") return 720;
  if (size == "1080p") return 1080;
  return 0;
}

Result<void> read_rate(const common::Arguments& arguments, CaptureOptions& options) {
  const std::string text = arguments.text("fps");
  options.stated_rate = text == "source";
  if (text == "auto" || text == "source") return {};
  options.frame_rate = parse_frame_rate(text);
  if (options.frame_rate && options.frame_rate->hz() <= kHighestRate) return {};
  return arguments.wrong("fps", "use auto, source, or a rate up to 240 such as 30 or 30000/1001");
}

Result<void> read_input(const common::Arguments& arguments, CaptureOptions& options) {
  const auto input = arguments.required("input");
  if (!input) return input.error();
  options.input = *input;
  options.tracks = {arguments.text("video-track"), arguments.text("audio-track")};
  const auto speed = arguments.choice("speed", kSpeeds);
  if (!speed) return speed.error();
  options.pacing = *speed == "max" ? capture::Pacing::AsFastAsPossible : capture::Pacing::Realtime;
  const auto duration = arguments.number("duration", 0, 1e6);
  if (!duration) return duration.error();
  options.duration = from_seconds(*duration);
  const auto loop = arguments.boolean("loop");
  if (!loop) return loop.error();
  options.loop = *loop;
  const auto playlists = arguments.boolean("allow-playlists");
  if (!playlists) return playlists.error();
  options.allow_playlists = *playlists;
  return read_rate(arguments, options);
}

Result<void> read_encoder(const common::Arguments& arguments, media::EncoderOptions& encoder) {
  const auto chunk_seconds = arguments.number("chunk-seconds", 0.5, 60);
  if (!chunk_seconds) return chunk_seconds.error();
  encoder.chunk_duration = from_seconds(*chunk_seconds);
  const auto size = arguments.choice("size", kSizes);
  if (!size) return size.error();
  encoder.height_px = height_of(*size);
  encoder.preset = arguments.text("capture-preset");
  const auto bit_rate = arguments.integer("video-bit-rate", 0, 1'000'000'000);
  if (!bit_rate) return bit_rate.error();
  if (*bit_rate > 0) encoder.video_bit_rate_bps = static_cast<int>(*bit_rate);
  const auto crf = arguments.integer("capture-crf", 0, 51);
  if (!crf) return crf.error();
  encoder.crf = static_cast<int>(*crf);
  const auto audio = arguments.integer("audio-bit-rate", 16'000, 512'000);
  if (!audio) return audio.error();
  encoder.audio_bit_rate_bps = static_cast<int>(*audio);
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

}  // namespace

common::CommandLine capture_command_line() {
  std::vector<common::Flag> flags = {
      {"input,i", "FILE|URL|-|test",
       "the video file to capture; an http(s) URL; -: standard input; test: a generated scene",
       "test"},
      {"mode,m", "NAME", "how the views are packed: " + std::string(stereo_mode_names()), "sbs"},
      {"chunk-seconds", "SECONDS", "length of a chunk, 0.5 to 60", "5"},
      {"speed", "NAME", "realtime, or max: as fast as the machine can", "realtime"},
      {"duration,t", "SECONDS", "stop after this time; 0: when the input ends", "0"},
      {"loop", "", "start the file again at its end"},
      {"allow-playlists", "",
       "let FILE be a playlist (HLS, DASH, ffconcat) and open the local files that it names"},
      {"fps", "RATE",
       "frames a second of a file. auto: its rate, or if that varies the lowest at which no frame "
       "is "
       "lost, at most 60. source: the average that the file states. Or a number",
       "auto"},
      {"video-track", "TRACK",
       "the video track of FILE: its number from 1, or its language such as en; otherwise the best "
       "one"},
      {"audio-track", "TRACK", "the audio track, chosen in the same way"},
      {"size", "NAME", "source, 720p or 1080p; never enlarged", "source"},
      {"capture-preset", "NAME", "encoder preset of the 2D chunks", "superfast"},
      {"video-bit-rate", "BPS", "target bit rate of the 2D chunks; 0: constant quality", "0"},
      {"capture-crf", "NUMBER", "encoder quality of the 2D chunks, 0 to 51", "23"},
      {"audio-bit-rate", "BPS", "16000 to 512000", "128000"},
      {"give-up-after", "SECONDS",
       "how long the server may be away before the capture fails, 1 to 86400", "300"},
      {"buffer-mib", "MIB",
       "chunks kept in memory while the server is away; when it is full, the capture waits", "256"},
      {"log-level", "LEVEL", "debug, info, warning or error", "warning"},
  };
  for (common::Flag& flag : common::stereo_flags(common::StereoFlagUse::Session)) {
    flags.push_back(std::move(flag));
  }
  for (common::Flag& flag : common::codec_flags()) flags.push_back(std::move(flag));
  for (common::Flag& flag : common::server_flags("http://localhost:8000")) {
    flags.push_back(std::move(flag));
  }
  return common::CommandLine("streamkit-capture [FILE|URL] [options]",
                             "Captures a video, cuts it into chunks and uploads them to a server.",
                             std::move(flags), {"input"});
}

Result<CaptureOptions> read_capture_options(const common::Arguments& arguments) {
  CaptureOptions options;
  if (auto read = read_input(arguments, options); !read) return read.error();
  if (auto read = read_encoder(arguments, options.encoder); !read) return read.error();
  const auto codec = common::read_codec_flags(arguments);
  if (!codec) return codec.error();
  options.encoder.codec = codec->codec;
  options.keep_hdr = codec->keep_hdr;
  if (auto read = read_publisher(arguments, options.publisher); !read) return read.error();
  options.publisher.chunk_duration = options.encoder.chunk_duration;
  // An input that is read as fast as possible can wait, so one chunk ahead is enough to keep all
  // stages busy.
  if (options.pacing == capture::Pacing::AsFastAsPossible)
    options.publisher.max_buffered_chunks = 1;
  options.ca_file = arguments.text("ca-file");
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

}  // namespace streamkit::capture_tool

#include "demo/demo_options.hpp"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <span>
#include <sstream>
#include <streamkit/core/version.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/telemetry/json_logger.hpp>

#include "demo/onnx_depth.hpp"

namespace streamkit::demo {
namespace {

namespace po = boost::program_options;

constexpr std::array<std::string_view, 2> kSpeeds = {"realtime", "max"};
constexpr std::array<std::string_view, 3> kSizes = {"source", "720p", "1080p"};
constexpr std::array<int, 3> kHeights = {0, 720, 1080};
constexpr std::array<std::string_view, 6> kDepths = {"", "auto", "network", "cues", "onnx", "flat"};
// Each in the order of its enumerators.
constexpr std::array<std::string_view, 3> kSyntheticViews = {"both", "left", "right"};
constexpr std::array<std::string_view, 3> kScreenEdges = {"fill", "preserve", "window"};

// A readable value for each flag, which has its default.
class Values {
 public:
  explicit Values(const po::variables_map& parsed) : parsed_(parsed) {}

  [[nodiscard]] std::string text(const char* flag) const {
    return parsed_.count(flag) > 0 ? parsed_[flag].as<std::string>() : std::string();
  }
  [[nodiscard]] bool is_on(const char* flag) const { return parsed_.count(flag) > 0; }

  template <typename Number>
  Result<void> read(const char* flag, double least, double most, Number& value) const {
    const double number = parsed_[flag].as<double>();
    if (!(number >= least && number <= most) || number != static_cast<double>(Number(number))) {
      std::ostringstream range;
      range << "expected a number from " << least << " to " << most;
      return wrong(flag, range.str());
    }
    value = static_cast<Number>(number);
    return {};
  }
  Result<void> read(const char* flag, double most_seconds, MediaTime& value) const {
    double seconds = 0;
    if (auto done = read(flag, 0, most_seconds, seconds); !done) return done;
    value = from_seconds(seconds);
    return {};
  }
  Result<std::size_t> choice(const char* flag, std::span<const std::string_view> names) const {
    const auto found = std::find(names.begin(), names.end(), text(flag));
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string list;
    for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    return wrong(flag, "expected one of " + list);
  }
  static Error wrong(const char* flag, std::string_view reason) {
    return {ErrorCode::InvalidArgument, "--" + std::string(flag) + ": " + std::string(reason)};
  }

 private:
  const po::variables_map& parsed_;
};

auto word(const char* value, const char* name) {
  return po::value<std::string>()->default_value(value)->value_name(name);
}
auto word(const char* name) { return po::value<std::string>()->value_name(name); }
auto number(double value, const char* text, const char* name) {
  return po::value<double>()->default_value(value, text)->value_name(name);
}

po::options_description described() {
  constexpr unsigned kColumns = 100;
  po::options_description all("Options", kColumns, kColumns / 2);
  const std::string modes = "how the views are packed: " + std::string(stereo_mode_names());
  auto add = all.add_options();
  add("input,i", word("test", "FILE|test"), "the video file, or test: a generated scene");
  add("mode,m", word("sbs", "NAME"), modes.c_str());
  add("duration,t", number(0, "0", "SECONDS"), "stop after this time; 0: when the input ends");
  add("loop", "start the file again at its end");
  add("speed", word("realtime", "NAME"), "realtime, or max: as fast as the machine can");
  add("size", word("source", "NAME"), "source, 720p or 1080p; never enlarged");
  add("listen,l", word("127.0.0.1:8000", "HOST:PORT"), "where the server listens");
  add("data-dir,d", word("streamkit-data", "DIR"), "where everything is kept");
  add("keep-serving,k", "serve on when the stream is complete, until Ctrl-C");
  add("depth", word("", "NAME"),
      "where depth comes from: auto (the built-in network fused with cues and motion), network "
      "(the built-in network alone), cues (cues and motion alone), onnx (your network, which "
      "--depth-model alone selects too) or flat (none); otherwise auto");
  add("depth-model", word("FILE"), "the network of --depth onnx, an .onnx file");
  add("depth-preset", word("NAME"),
      "its family: midas, midas_dpt, depth_anything, zoe_depth, fast_depth or custom");
  add("divergence", number(2.0, "2.0", "PERCENT"),
      "depth: largest shift between the eyes, in percent of the width, 0 to 10");
  add("convergence", word("0.5", "SHARE"),
      "which depth is in the screen plane: 0 all before it, 1 all behind it, or auto");
  add("synthetic-view", word("both", "EYE"), "which eyes are synthesized: both, left or right");
  add("screen-edge", word("fill", "NAME"), "fill, preserve or window");
  add("edge-dilation-x", number(2, "2", "PIXELS"), "grows near objects sideways, 0 to 16");
  add("edge-dilation-y", number(2, "2", "PIXELS"), "grows near objects up and down, 0 to 16");
  add("ipd-offset", number(0, "0", "PERCENT"), "moves the whole scene away, -10 to 10");
  add("foreground-scale", number(0, "0", "NUMBER"), "above 0 favours near depth, -3 to 3");
  add("preset", word("superfast", "NAME"), "x264 preset of the 3D segments");
  add("crf", number(23, "23", "NUMBER"), "x264 quality of the 3D segments, 0 to 51");
  add("chunk-seconds", number(5, "5", "SECONDS"), "length of a chunk, 0.5 to 60");
  add("capture-preset", word("superfast", "NAME"), "x264 preset of the 2D chunks");
  add("capture-crf", number(23, "23", "NUMBER"), "x264 quality of the 2D chunks, 0 to 51");
  add("video-bit-rate", number(0, "0", "BPS"), "of the 2D chunks; 0: constant quality");
  add("audio-bit-rate", number(128000, "128000", "BPS"), "16000 to 512000");
  add("log-level", word("warning", "LEVEL"), "debug, info, warning or error");
  add("help,h", "print this text");
  add("version", "print the version");
  return all;
}

template <typename Enumeration>
Result<void> read_enumerator(const Values& values, const char* flag,
                             std::span<const std::string_view> names, Enumeration& value) {
  const auto place = values.choice(flag, names);
  if (!place) return place.error();
  value = static_cast<Enumeration>(*place);
  return {};
}

Result<void> first_failure(std::initializer_list<Result<void>> results) {
  for (const Result<void>& result : results) {
    if (!result) return result;
  }
  return {};
}

Result<void> read_input(const Values& values, DemoOptions& options) {
  options.input = values.text("input");
  options.loop = values.is_on("loop");
  const auto mode = parse_stereo_mode(values.text("mode"));
  if (!mode) return Values::wrong("mode", "use one of " + std::string(stereo_mode_names()));
  options.mode = *mode;
  const auto speed = values.choice("speed", kSpeeds);
  if (!speed) return speed.error();
  options.pacing = *speed == 1 ? capture::Pacing::AsFastAsPossible : capture::Pacing::Realtime;
  return values.read("duration", 1e6, options.duration);
}

// A small encoder is opened, so that a wrong preset is reported before any work is lost.
Result<void> check_encoder(const media::EncoderOptions& encoder) {
  const auto opened = media::open_encoder(encoder, VideoFormat{.width_px = 64, .height_px = 64});
  if (!opened) return opened.error();
  return {};
}

Result<void> read_encoders(const Values& values, DemoOptions& options) {
  media::EncoderOptions& chunks = options.capture_encoder;
  double chunk_seconds = 0;
  int bit_rate = 0;
  const auto size = values.choice("size", kSizes);
  if (!size) return size.error();
  const auto read = first_failure({
      values.read("chunk-seconds", 0.5, 60, chunk_seconds),
      values.read("capture-crf", 0, 51, chunks.crf),
      values.read("video-bit-rate", 0, 1e9, bit_rate),
      values.read("audio-bit-rate", 16'000, 512'000, chunks.audio_bit_rate_bps),
      values.read("crf", 0, 51, options.encoder.crf),
  });
  if (!read) return read;
  chunks.chunk_duration = from_seconds(chunk_seconds);
  chunks.height_px = kHeights[*size];
  chunks.preset = values.text("capture-preset");
  if (bit_rate > 0) chunks.video_bit_rate_bps = bit_rate;
  options.encoder.preset = values.text("preset");
  if (auto checked = check_encoder(chunks); !checked) return checked;
  return check_encoder(options.encoder);
}

Result<void> read_convergence(const Values& values, stereo::StereoOptions& stereo) {
  const std::string text = values.text("convergence");
  stereo.automatic_convergence = text == "auto";
  if (stereo.automatic_convergence) return {};
  std::istringstream stream(text);
  double value = 0;
  if (!(stream >> value) || !stream.eof() || !(value >= 0 && value <= 1)) {
    return Values::wrong("convergence", "expected a number from 0 to 1, or auto");
  }
  stereo.convergence = value;
  return {};
}

Result<void> read_conversion(const Values& values, DemoOptions& options) {
  stereo::StereoOptions& stereo = options.stereo;
  const auto read = first_failure({
      values.read("divergence", 0, 10, stereo.divergence),
      read_convergence(values, stereo),
      read_enumerator(values, "synthetic-view", kSyntheticViews, stereo.synthetic_view),
      read_enumerator(values, "screen-edge", kScreenEdges, stereo.screen_edge),
      values.read("edge-dilation-x", 0, 16, stereo.edge_dilation_x_px),
      values.read("edge-dilation-y", 0, 16, stereo.edge_dilation_y_px),
      values.read("ipd-offset", -10, 10, stereo.ipd_offset),
      values.read("foreground-scale", -3, 3, stereo.foreground_scale),
  });
  if (!read) return read;
  const auto depth = values.choice("depth", kDepths);
  if (!depth) return depth.error();
  const std::string model = values.text("depth-model");
  const std::string_view name = kDepths[*depth];
  if (name == "flat") {
    options.make_depth = worker::flat_depth(stereo.convergence);
  } else if (name == "cues") {
    options.make_depth = worker::cue_depth();
  } else if (name == "network") {
    options.make_depth =
        worker::network_depth([] { return *stereo::BuiltinDepthNetwork::create(); });
  } else if (name == "auto" || (name.empty() && model.empty())) {
    options.make_depth = worker::fused_depth();
  } else {
    auto network = onnx_depth(model, values.text("depth-preset"));
    if (!network) return network.error().with_context("--depth onnx");
    options.make_depth = *std::move(network);
  }
  return {};
}

Result<DemoOptions> read_values(const Values& values) {
  DemoOptions options;
  const auto read = first_failure({read_input(values, options), read_encoders(values, options),
                                   read_conversion(values, options)});
  if (!read) return read.error();
  options.listen = values.text("listen");
  if (auto address = http::parse_listen_address(options.listen); !address) {
    return Values::wrong("listen", address.error().message);
  }
  options.data_dir = values.text("data-dir");
  if (options.data_dir.empty()) return Values::wrong("data-dir", "it must name a folder");
  options.keep_serving = values.is_on("keep-serving");
  const auto level = telemetry::parse_log_level(values.text("log-level"));
  if (!level) return Values::wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

}  // namespace

Result<std::variant<DemoOptions, HelpText>> read_options(int argc, const char* const* argv) {
  const po::options_description known = described();
  po::positional_options_description positional;
  positional.add("input", 1);
  po::variables_map parsed;
  try {
    // Abbreviations would break scripts when a flag is added.
    const int style = po::command_line_style::unix_style &
                      ~static_cast<int>(po::command_line_style::allow_guessing);
    po::store(po::command_line_parser(argc, argv)
                  .options(known)
                  .positional(positional)
                  .style(style)
                  .run(),
              parsed);
  } catch (const po::error& failure) {
    return Error{ErrorCode::InvalidArgument, failure.what()};
  }
  if (parsed.count("help") > 0) {
    std::ostringstream text;
    text << "Usage: streamkit-demo [FILE] [options]\n\n"
         << "A video, or a generated scene, becomes a 3D stream behind one URL.\n\n"
         << known;
    return std::variant<DemoOptions, HelpText>(HelpText{text.str()});
  }
  if (parsed.count("version") > 0) {
    return std::variant<DemoOptions, HelpText>(
        HelpText{"streamkit-demo " + std::string(version()) + "\n"});
  }
  auto options = read_values(Values(parsed));
  if (!options) return options.error();
  return std::variant<DemoOptions, HelpText>(*std::move(options));
}

}  // namespace streamkit::demo

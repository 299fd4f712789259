#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <utility>

#include "capture/capture_controller.hpp"
#include "capture/capture_flags.hpp"
#include "capture/commands.hpp"
#include "capture/spool_folder.hpp"
#include "capture/ui_browser.hpp"
#include "capture/ui_page.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::uint16_t kAnyPort = 0;
constexpr std::int64_t kHighestPort = 65'535;

common::CommandLine page_command_line() {
  std::vector<common::Flag> flags = {
      {"port", "N", "port on 127.0.0.1; 0: a free one", std::to_string(kAnyPort)},
      {"no-browser", "", "only print the address of the page"}};
  for (common::Flag& flag : capture_flags()) flags.push_back(std::move(flag));
  return common::CommandLine(
      "streamkit-capture ui [options]",
      "Serves the control page on this machine and opens it in the browser. The address is a "
      "secret:\nwho knows it controls the capture. Flags of `start` set what the page begins with. "
      "Ctrl-C ends\nthe stream and the page.",
      std::move(flags));
}

CaptureRequest request_of(const CaptureOptions& options, const common::Arguments& arguments) {
  CaptureRequest request;
  if (arguments.given("source")) request.source = options.source;
  request.audio = options.audio;
  request.width_px = options.resolution.width_px;
  request.height_px = options.resolution.height_px;
  if (options.frame_rate) request.frames_per_second = static_cast<int>(options.frame_rate->hz());
  request.chunk_seconds = to_seconds(options.encoder.chunk_duration);
  request.encoder = options.encoder_name;
  request.codec = options.encoder.codec == media::VideoCodec::Hevc ? "hevc" : "h264";
  request.stereo_json = stereo_json(options.publisher.mode, options.publisher.stereo);
  request.server = options.publisher.server;
  return request;
}

std::vector<EncoderChoice> working_encoders() {
  constexpr VideoFormat kTrial{.width_px = 1280, .height_px = 720, .frame_rate = {30, 1}};
  std::vector<EncoderChoice> choices;
  for (const auto& [codec, name] :
       {std::pair{media::VideoCodec::H264, "H.264"}, std::pair{media::VideoCodec::Hevc, "HEVC"}}) {
    for (const media::EncoderReport& report : media::probe_encoders(codec, kTrial)) {
      if (!report.works) continue;
      const std::string place = report.hardware ? " in hardware, " : " on the processor, ";
      choices.push_back({report.name, name + place + report.name});
    }
  }
  return choices;
}

// Folders of this user; empty where HOME is not set.
std::filesystem::path recordings_folder() {
  const auto home = common::process_environment()("HOME");
  return home ? std::filesystem::path(*home) / "Videos" / "streamkit" : std::filesystem::path{};
}

std::filesystem::path sessions_file() {
  const auto spools = default_spool_folder(common::process_environment());
  return spools ? spools->parent_path() / "sessions.json" : std::filesystem::path{};
}

Result<void> serve(const CaptureOptions& options, const common::Arguments& arguments,
                   std::vector<std::string> base_words) {
  const auto port = arguments.integer("port", 0, kHighestPort);
  if (!port) return port.error();
  const auto no_browser = arguments.boolean("no-browser");
  if (!no_browser) return no_browser.error();

  SignalStop stop;
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  const Context context{.logger = &logger};
  CaptureController control(std::move(base_words), common::process_environment(), context);
  ControlPageOptions page_options;
  page_options.port = static_cast<std::uint16_t>(*port);
  page_options.web_dir = shared_folder("capture");
  if (const auto web = shared_folder("web"); !web.empty()) page_options.hls_js = web / "hls.min.js";
  page_options.defaults = request_of(options, arguments);
  page_options.encoders = working_encoders;
  page_options.recordings_dir = recordings_folder();
  page_options.sessions_file = sessions_file();
  const auto page = ControlPage::start(std::move(page_options), control, context);
  if (!page) return page.error();
  std::cout << "control page on " << (*page)->url() << std::endl;
  std::unique_ptr<BrowserLink> link;
  if (!*no_browser) {
    auto opened = BrowserLink::open((*page)->url());
    if (opened) {
      link = *std::move(opened);
    } else {
      std::cerr << "streamkit-capture: " << opened.error().message
                << "; open the address above yourself" << std::endl;
    }
  }
  stop.wait();
  return control.shut_down();
}

}  // namespace

int run_ui(const std::vector<std::string>& words) {
  const auto command_line = page_command_line();
  const auto read = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&read)) return code->value;
  const auto& arguments = std::get<common::Arguments>(read);
  const auto options = read_capture_options(arguments);
  if (!options) return common::report(command_line.program(), options.error());
  const auto served = serve(*options, arguments, given_words(arguments, capture_flags()));
  return served ? 0 : common::report(command_line.program(), served.error());
}

}  // namespace streamkit::capture_tool

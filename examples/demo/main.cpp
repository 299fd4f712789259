#include <unistd.h>

#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <thread>

#include <streamkit/server/server.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <streamkit/worker/worker.hpp>
#include "capture/capture_options.hpp"
#include "common/embedded_stores.hpp"
#include "common/signal_stop.hpp"
#include "demo/status_line.hpp"
#include "worker/stereo_flags.hpp"

// Server, worker and capture tool in one process: the whole way of the data on one machine.
namespace {

using namespace streamkit;

common::CommandLine command_line() {
  std::vector<common::Flag> flags = capture_tool::capture_flags();
  for (common::Flag& flag : worker_tool::conversion_flags("superfast", "23")) {
    flags.push_back(std::move(flag));
  }
  flags.push_back({"listen,l", "HOST:PORT", "where the server listens", "127.0.0.1:8000"});
  flags.push_back({"data-dir,d", "DIR", "where everything is kept", "streamkit-data"});
  flags.push_back({"keep-serving,k", "", "serve on when the stream is complete, until Ctrl-C"});
  flags.push_back({"log-level", "LEVEL", "debug, info, warning or error", "warning"});
  return common::CommandLine("streamkit-demo [options]",
                             "A video, or a generated scene, becomes a 3D stream behind one URL.",
                             std::move(flags));
}

struct DemoOptions {
  capture_tool::CaptureConfig capture;
  stereo::StereoOptions stereo;
  media::EncoderConfig encoder;
  server::ServerOptions server;
  std::filesystem::path data_dir;
  bool keep_serving = false;
  LogLevel log_level = LogLevel::Warning;
};

Result<DemoOptions> read_options(const common::Arguments& arguments) {
  DemoOptions options;
  auto capture = capture_tool::read_capture_config(arguments);
  if (!capture) return capture.error();
  options.capture = std::move(*capture);
  auto stereo = worker_tool::stereo_options(arguments);
  if (!stereo) return stereo.error();
  options.stereo = *stereo;
  auto encoder = worker_tool::encoder_config(arguments);
  if (!encoder) return encoder.error();
  options.encoder = *encoder;
  auto address = http::parse_listen_address(arguments.text("listen"));
  if (!address) return arguments.wrong("listen", address.error().message);
  options.server.http.listen = arguments.text("listen");
  options.server.web_dir = server::default_web_dir();
  options.data_dir = arguments.text("data-dir");
  const auto keep_serving = arguments.boolean("keep-serving");
  if (!keep_serving) return keep_serving.error();
  options.keep_serving = *keep_serving;
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

Result<void> run(DemoOptions options) {
  const auto stop = common::SignalStop::create();
  if (!stop) return stop.error();
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  telemetry::PrometheusMetrics metrics;
  const Context context{.logger = &logger, .metrics = &metrics};

  const auto stores = common::open_embedded_stores(options.data_dir, context);
  if (!stores) return stores.error();
  options.server.metrics = &metrics;
  const auto server = server::Server::start(
      options.server, {*stores->objects, *stores->sessions, *stores->jobs}, context);
  if (!server) return server.error();
  worker::JobProcessor processor(*stores->objects, *stores->objects, *stores->sessions,
                                 {options.stereo, options.encoder}, {}, context);
  const worker::Worker worker(*stores->jobs, processor, {}, context);

  options.capture.api_base = (*server)->local_url();
  const std::stop_token stopped = (*stop)->token();
  const auto capture = capture_tool::CaptureRunner::create(options.capture, context, stopped);
  if (!capture) return capture.error();
  const std::string& session_id = (*capture)->session().session_id;
  std::cout << (*capture)->session().playlist_url << '\n'
            << "watch it at " << (*server)->public_url() << "/watch/" << session_id << std::endl;

  demo::StatusLine status(**capture, *stores->sessions, session_id);
  Result<CaptureStats> captured = CaptureStats{};
  std::jthread capturing([&] { captured = (*capture)->run(stopped); });
  // Ctrl-C ends the capture; what was captured is still converted. A second one ends all at once.
  while (!status.complete()) status.update();
  capturing.join();
  status.finish();
  if (!captured) return captured.error();
  if (options.keep_serving && !stopped.stop_requested()) {
    std::cout << "the stream is complete; serving until Ctrl-C" << std::endl;
    (*stop)->wait();
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  const common::CommandLine line = command_line();
  const auto arguments = common::read_command_line(line, common::words_of(argc, argv));
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  auto options = read_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(line.program(), options.error());
  const auto done = run(std::move(*options));
  return done ? 0 : common::report(line.program(), done.error());
}

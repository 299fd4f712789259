#include <iostream>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/server/server.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include <streamkit/worker/segment_converter.hpp>
#include <streamkit/worker/worker.hpp>
#include <thread>

#include "demo/demo_options.hpp"
#include "demo/status_line.hpp"

// Server, worker and capture in one process: the whole way of the data on one machine, with the
// library's public parts alone.
namespace {

using namespace streamkit;

// A live capture: where frames come from and what makes chunks of them.
struct Capture {
  std::unique_ptr<Source> source;
  std::unique_ptr<Encoder> encoder;
  std::unique_ptr<Chunker> chunker;
};

Result<std::unique_ptr<Source>> open_source(const demo::DemoOptions& options, Context context) {
  if (options.input != "test") {
    return capture::open_file_source({.path = options.input,
                                      .loop = options.loop,
                                      .pacing = options.pacing,
                                      .duration = options.duration},
                                     context);
  }
  auto source = capture::GeneratedSource::create(
      {.duration = options.duration, .pacing = options.pacing}, context);
  if (!source) return source.error();
  return std::unique_ptr<Source>(*std::move(source));
}

Result<Capture> open_capture(const demo::DemoOptions& options, Context context) {
  auto source = open_source(options, context);
  if (!source) return source.error();
  const SourceFormat& format = (*source)->format();
  auto encoder = media::open_encoder(options.capture_encoder, format.video, format.audio);
  if (!encoder) return encoder.error();
  auto chunker =
      media::open_chunker({options.capture_encoder.chunk_duration}, (*encoder)->tracks());
  if (!chunker) return chunker.error();
  return Capture{*std::move(source), *std::move(encoder), *std::move(chunker)};
}

// Publishes the capture and reports progress until all of it is converted and listed.
Result<void> stream(client::Publisher& publisher, const Capture& capture, SessionStore& sessions,
                    StreamRecords& records, std::stop_token stop) {
  demo::StatusLine status(publisher, sessions, records);
  Result<CaptureStats> captured = CaptureStats{};
  std::jthread capturing(
      [&] { captured = publisher.run(*capture.source, *capture.encoder, *capture.chunker, stop); });
  // Ctrl-C ends the capture; what was captured is still converted.
  while (!status.complete()) status.update();
  capturing.join();
  status.finish();
  if (!captured) return captured.error();
  return {};
}

Result<void> run(const demo::DemoOptions& options, SignalStop& interrupted) {
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  telemetry::PrometheusMetrics metrics;
  const Context context{.logger = &logger, .metrics = &metrics};

  const auto stores = local::open_data_dir(options.data_dir, context);
  if (!stores) return stores.error();
  server::ServerOptions server_options;
  server_options.http.listen = options.listen;
  server_options.web_dir = server::default_web_dir();
  server_options.metrics = &metrics;
  server_options.data_dir = options.data_dir;
  const auto server = server::Server::start(
      server_options,
      {*stores->objects, *stores->sessions, *stores->records, *stores->maintenance, *stores->jobs},
      context);
  if (!server) return server.error();
  worker::SegmentConverter converter(options.stereo, options.encoder, options.make_depth);
  const worker::Worker worker(*stores->jobs, *stores->objects, *stores->objects, *stores->sessions,
                              *stores->records, converter, {}, context);

  const auto capture = open_capture(options, context);
  if (!capture) return capture.error();
  client::HttpClient http;
  const auto publisher =
      client::Publisher::create({.server = (*server)->local_url(),
                                 .mode = options.mode,
                                 .chunk_duration = options.capture_encoder.chunk_duration,
                                 .max_buffered_chunks = 1},
                                http, context, interrupted.token());
  if (!publisher) return publisher.error();
  const client::CreatedSession& session = (*publisher)->session();
  std::cout << session.playlist_url << '\n'
            << "watch it at " << client::watch_url(session) << std::endl;

  if (auto streamed =
          stream(**publisher, *capture, *stores->sessions, *stores->records, interrupted.token());
      !streamed) {
    return streamed;
  }
  if (options.keep_serving && !interrupted.token().stop_requested()) {
    std::cout << "the stream is complete; serving until Ctrl-C" << std::endl;
    interrupted.wait();
  }
  return {};
}

int report(const Error& error) {
  constexpr int kExitFailure = 1;
  constexpr int kExitUsage = 2;
  std::cerr << "streamkit-demo: " << error.message << '\n';
  return error.code == ErrorCode::InvalidArgument ? kExitUsage : kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  SignalStop interrupted;  // before any thread
  const media::FfmpegLog quiet(nullptr);
  const auto options = demo::read_options(argc, argv);
  if (!options) return report(options.error());
  if (const auto* help = std::get_if<demo::HelpText>(&*options)) {
    std::cout << help->text;
    return 0;
  }
  const auto done = run(std::get<demo::DemoOptions>(*options), interrupted);
  return done ? 0 : report(done.error());
}

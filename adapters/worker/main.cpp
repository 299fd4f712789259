#include <iostream>
#include <streamkit/media/ffmpeg_log.hpp>

#include <streamkit/telemetry/json_logger.hpp>
#include "common/command_line.hpp"
#include "common/embedded_stores.hpp"
#include "common/signal_stop.hpp"
#include "worker/convert_command.hpp"
#include "worker/dead_letters_command.hpp"
#include "worker/depth_command.hpp"
#include "worker/metrics_endpoint.hpp"
#include "worker/synthesize_command.hpp"
#include "worker/worker_options.hpp"

namespace {

using namespace streamkit;

Result<void> work(const worker_tool::ToolOptions& options) {
  const auto stop = common::SignalStop::create();
  if (!stop) return stop.error();
  telemetry::JsonLogger logger(options.log_level);
  telemetry::PrometheusMetrics metrics;
  worker_tool::begin_worker_metrics(metrics);
  const Context context{.logger = &logger, .metrics = &metrics};

  const auto stores = common::open_embedded_stores(options.data_dir, context);
  if (!stores) return stores.error();
  std::unique_ptr<worker_tool::MetricsEndpoint> endpoint;
  if (!options.metrics_listen.empty()) {
    auto started = worker_tool::MetricsEndpoint::start(options.metrics_listen, *stores->jobs,
                                                       metrics, context);
    if (!started) return started.error().with_context("--metrics-listen");
    endpoint = *std::move(started);
    std::cout << "metrics on port " << endpoint->port() << std::endl;
  }
  const worker::Worker running(*stores->jobs, *stores->objects, *stores->objects, *stores->sessions,
                               {options.stereo, options.encoder, options.make_depth},
                               options.worker, context);
  std::cout << "working on " << options.data_dir.string() << std::endl;
  (*stop)->wait();
  context.log(LogLevel::Info, "stopping");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  auto words = common::words_of(argc, argv);
  if (!words.empty() && words.front() == "convert") {
    words.erase(words.begin());
    return worker_tool::run_convert(words);
  }
  if (!words.empty() && words.front() == "depth") {
    words.erase(words.begin());
    return worker_tool::run_depth(words);
  }
  if (!words.empty() && words.front() == "dead-letters") {
    words.erase(words.begin());
    return worker_tool::run_dead_letters(words);
  }
  if (!words.empty() && words.front() == "synthesize") {
    words.erase(words.begin());
    return worker_tool::run_synthesize(words);
  }
  if (!words.empty() && words.front() == "run") words.erase(words.begin());
  const auto command_line = worker_tool::worker_command_line();
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto options = worker_tool::read_worker_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(command_line.program(), options.error());
  const auto worked = work(*options);
  return worked ? 0 : common::report(command_line.program(), worked.error());
}

#include <iostream>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/telemetry/json_logger.hpp>

#include "common/command_line.hpp"
#include "worker/command_word.hpp"
#include "worker/convert_command.hpp"
#include "worker/dead_letters_command.hpp"
#include "worker/depth_command.hpp"
#include "worker/metrics_endpoint.hpp"
#include "worker/synthesize_command.hpp"
#include "worker/worker_options.hpp"

namespace {

using namespace streamkit;

Result<void> work(const worker_tool::ToolOptions& options, SignalStop& stop) {
  telemetry::JsonLogger logger(options.log_level);
  telemetry::PrometheusMetrics metrics;
  worker_tool::begin_worker_metrics(metrics);
  const Context context{.logger = &logger, .metrics = &metrics};

  const bool is_new = !local::is_data_dir(options.data_dir);
  const auto stores = local::open_data_dir(options.data_dir, context);
  if (!stores) return stores.error();
  std::unique_ptr<worker_tool::MetricsEndpoint> endpoint;
  if (!options.metrics_listen.empty()) {
    auto started = worker_tool::MetricsEndpoint::start(options.metrics_listen, *stores->jobs,
                                                       metrics, context);
    if (!started) return started.error().with_context("--metrics-listen");
    endpoint = *std::move(started);
    std::cout << "metrics on port " << endpoint->port() << std::endl;
  }
  const worker::Worker running(
      *stores->jobs, *stores->objects, *stores->objects, *stores->sessions, *stores->records,
      {options.stereo, options.encoder, options.make_depth, options.policy}, options.worker,
      context);
  if (is_new) {
    std::cout << "'" << options.data_dir.string()
              << "' is new and empty: is it the --data-dir of the server?" << std::endl;
  }
  std::cout << "working on " << options.data_dir.string() << std::endl;
  stop.wait();
  context.log(LogLevel::Info, "stopping");
  return {};
}

int run(const std::vector<std::string>& words) {
  const auto command_line = worker_tool::worker_command_line();
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  // Created before a depth network is loaded, because the network's threads inherit the signal
  // mask.
  SignalStop stop;
  const auto options = worker_tool::read_worker_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(command_line.program(), options.error());
  const auto worked = work(*options, stop);
  return worked ? 0 : common::report(command_line.program(), worked.error());
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  const auto words = common::words_of(argc, argv);
  const auto command = worker_tool::command_of(words);
  if (!command) return common::report("streamkit-worker", command.error());
  if (command->name == "convert") return worker_tool::run_convert(command->words);
  if (command->name == "depth") return worker_tool::run_depth(command->words);
  if (command->name == "dead-letters") return worker_tool::run_dead_letters(command->words);
  if (command->name == "synthesize") return worker_tool::run_synthesize(command->words);
  return run(command->words);
}

#include <iostream>
#include <memory>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <streamkit/worker/segment_converter.hpp>

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

// The command with which a worker starts the processes that convert. It takes the worker's flags.
constexpr std::string_view kConversionCommand = "conversion-process";

Result<std::unique_ptr<worker::ChunkConverter>> local_converter(
    const worker_tool::ToolOptions& options) {
  return std::make_unique<worker::SegmentConverter>(options.stereo, options.encoder,
                                                    options.depth.standard, options.keep_hdr,
                                                    options.policy, options.depth.chosen);
}

Result<std::unique_ptr<worker::ChunkConverter>> open_converter(
    const worker_tool::ToolOptions& options, const std::vector<std::string>& words,
    const Context& context) {
  if (!options.isolated) return local_converter(options);
  worker::IsolationOptions isolation;
  isolation.arguments = {std::string(kConversionCommand)};
  isolation.arguments.insert(isolation.arguments.end(), words.begin(), words.end());
  isolation.processes = options.worker.concurrency;
  isolation.policy = options.policy;
  isolation.uses_devices = options.uses_devices;
  auto converter = worker::IsolatedConverter::create(std::move(isolation), context);
  if (!converter) return converter.error().with_context("--isolation process");
  return *std::move(converter);
}

int serve_conversions(const std::vector<std::string>& words) {
  const auto command_line = worker_tool::worker_command_line();
  const auto served = worker::serve_conversions([&] {
    return command_line.parse(words, common::process_environment())
        .and_then(worker_tool::read_worker_options)
        .and_then(local_converter);
  });
  return served ? 0 : common::report(command_line.program(), served.error());
}

Result<void> work(const worker_tool::ToolOptions& options, const std::vector<std::string>& words,
                  SignalStop& stop) {
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
  const auto converter = open_converter(options, words, context);
  if (!converter) return converter.error();
  const worker::Worker running(*stores->jobs, *stores->objects, *stores->objects, *stores->sessions,
                               *stores->records, **converter, options.worker, context);
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
  const auto worked = work(*options, words, stop);
  return worked ? 0 : common::report(command_line.program(), worked.error());
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  const auto words = common::words_of(argc, argv);
  if (!words.empty() && words.front() == kConversionCommand) {
    return serve_conversions({words.begin() + 1, words.end()});
  }
  const auto command = worker_tool::command_of(words);
  if (!command) return common::report("streamkit-worker", command.error());
  if (command->name == "convert") return worker_tool::run_convert(command->words);
  if (command->name == "depth") return worker_tool::run_depth(command->words);
  if (command->name == "dead-letters") return worker_tool::run_dead_letters(command->words);
  if (command->name == "synthesize") return worker_tool::run_synthesize(command->words);
  return run(command->words);
}

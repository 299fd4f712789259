#include <sys/resource.h>

#include <iostream>

#include <streamkit/core/signal_stop.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/server/server.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include "common/command_line.hpp"
#include "server/machine_addresses.hpp"
#include "server/new_api_key.hpp"
#include "server/server_options.hpp"

namespace {

using namespace streamkit;

// Each viewer needs descriptors, and the soft limit is usually 1024.
void raise_descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> serve(server_tool::ProgramOptions options) {
  SignalStop signals(HangUp::Wakes);
  raise_descriptor_limit();
  telemetry::JsonLogger logger(options.log_level);
  telemetry::PrometheusMetrics metrics;
  const Context context{.logger = &logger, .metrics = &metrics};

  const auto stores = local::open_data_dir(options.data_dir, context);
  if (!stores) return stores.error();
  options.server.metrics = &metrics;
  options.server.data_dir = stores->objects->root();
  const auto running =
      server::Server::start(options.server,
                            {*stores->objects, *stores->sessions, *stores->records,
                             *stores->maintenance, *stores->jobs, stores->live_streams.get()},
                            context);
  if (!running) return running.error();
  const auto& listen = options.server.http.listen;
  std::cout << server_tool::listening_text(listen, (*running)->local_url(),
                                           server_tool::machine_addresses(listen.starts_with('[')))
            << std::endl;
  const auto ports = (*running)->live_ports();
  if (ports.rtmp != 0) std::cout << "rtmp on port " << ports.rtmp << std::endl;
  if (ports.rtmps != 0) std::cout << "rtmps on port " << ports.rtmps << std::endl;
  while (signals.wait() == SignalStop::Wake::HangUp) {
    if (const auto read = (*running)->reload(); !read) {
      context.log(LogLevel::Error, "reload failed, the previous files stay in use",
                  {{"reason", to_string(read.error())}});
    }
  }
  context.log(LogLevel::Info, "stopping");
  (*running)->stop();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  auto words = common::words_of(argc, argv);
  if (!words.empty() && words.front() == "new-api-key") {
    words.erase(words.begin());
    return server_tool::run_new_api_key(words);
  }
  const auto command_line = server_tool::server_command_line();
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  auto options = server_tool::read_server_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(command_line.program(), options.error());
  const auto served = serve(*std::move(options));
  return served ? 0 : common::report(command_line.program(), served.error());
}

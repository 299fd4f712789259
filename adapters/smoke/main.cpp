#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/ffmpeg_log.hpp>

#include "common/command_line.hpp"
#include "common/server_flags.hpp"
#include "smoke/smoke_test.hpp"

namespace {

using namespace streamkit;

common::CommandLine command_line() {
  std::vector<common::Flag> flags = common::server_flags("");
  flags.push_back({"chunks", "COUNT",
                   "chunks to upload, 0 to 100; 0 checks the API alone, which needs no worker",
                   "3"});
  flags.push_back({"timeout", "SECONDS", "time limit for segments to appear, 1 to 3600", "120"});
  return common::CommandLine(
      "streamkit-smoke --api-base URL [options]",
      "Tests a running server and its worker with a short stream and checks each step.\n"
      "It requests the playlist with ?nowait=1: the plain URL waits for as many segments as every\n"
      "player needs to start, 3 by default.",
      std::move(flags));
}

Result<smoke::SmokeOptions> read_options(const common::Arguments& arguments) {
  smoke::SmokeOptions options;
  const auto api_base = common::read_api_base(arguments);
  if (!api_base) return api_base.error();
  options.api_base = *api_base;
  options.api_key = arguments.text("api-key");
  options.ca_file = arguments.text("ca-file");
  const auto chunks = arguments.integer("chunks", 0, 100);
  if (!chunks) return chunks.error();
  options.chunks = static_cast<int>(*chunks);
  const auto timeout = arguments.integer("timeout", 1, 3600);
  if (!timeout) return timeout.error();
  options.patience = std::chrono::seconds(*timeout);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const common::CommandLine line = command_line();
  const auto arguments = common::read_command_line(line, common::words_of(argc, argv));
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto options = read_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(line.program(), options.error());
  const SignalStop stop;
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return common::report(line.program(), curl.error());

  const auto passed = smoke::run_smoke_test(*options, std::cout, stop.token());
  if (!passed) {
    common::report(line.program(), passed.error());
    return common::kExitFailure;
  }
  std::cout << "all checks passed" << std::endl;
  return 0;
}

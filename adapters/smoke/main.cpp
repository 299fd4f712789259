#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/media/ffmpeg_log.hpp>

#include "common/command_line.hpp"
#include "common/signal_stop.hpp"
#include "smoke/smoke_test.hpp"

namespace {

using namespace streamkit;

common::CommandLine command_line() {
  return common::CommandLine(
      "streamkit-smoke --base-url URL [options]",
      "Takes a running server and its worker through a short stream and checks each step.",
      {
          {"base-url",
           "URL",
           "the server, as in http://localhost:8000",
           "",
           {"STREAM_CAPTURE_API_BASE"}},
          {"api-key", "KEY", "bearer token for creating sessions", "", {"STREAM_CAPTURE_API_KEY"}},
          {"ca-file",
           "FILE",
           "PEM file of the authorities to trust for HTTPS, when not the system's",
           "",
           {"SSL_CERT_FILE"}},
          {"chunks", "COUNT", "chunks to upload, 1 to 100", "3"},
          {"timeout", "SECONDS", "how long segments may take to appear, 1 to 3600", "120"},
      });
}

Result<smoke::SmokeConfig> read_config(const common::Arguments& arguments) {
  smoke::SmokeConfig config;
  const auto base_url = arguments.required("base-url");
  if (!base_url) return base_url.error();
  config.base_url = *base_url;
  while (config.base_url.ends_with('/')) config.base_url.pop_back();
  config.api_key = arguments.text("api-key");
  config.ca_file = arguments.text("ca-file");
  const auto chunks = arguments.integer("chunks", 1, 100);
  if (!chunks) return chunks.error();
  config.chunks = static_cast<int>(*chunks);
  const auto timeout = arguments.integer("timeout", 1, 3600);
  if (!timeout) return timeout.error();
  config.patience = std::chrono::seconds(*timeout);
  return config;
}

}  // namespace

int main(int argc, char** argv) {
  const common::CommandLine line = command_line();
  const auto arguments = common::read_command_line(line, common::words_of(argc, argv));
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto config = read_config(std::get<common::Arguments>(arguments));
  if (!config) return common::report(line.program(), config.error());
  const auto stop = common::SignalStop::create();
  if (!stop) return common::report(line.program(), stop.error());
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return common::report(line.program(), curl.error());

  const auto passed = smoke::run_smoke_test(*config, std::cout, (*stop)->token());
  if (!passed) {
    common::report(line.program(), passed.error());
    return common::kExitFailure;
  }
  std::cout << "all checks passed" << std::endl;
  return 0;
}

#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/media/ffmpeg_log.hpp>

#include <streamkit/telemetry/json_logger.hpp>
#include "capture/capture_options.hpp"
#include "common/signal_stop.hpp"

namespace {

using namespace streamkit;

Result<void> run(const capture_tool::CaptureOptions& options) {
  const auto stop = common::SignalStop::create();
  if (!stop) return stop.error();
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  const Context context{.logger = &logger};

  const auto runner =
      capture_tool::CaptureRunner::create(options.capture, context, (*stop)->token());
  if (!runner) return runner.error();
  std::cout << "session " << (*runner)->session().session_id << '\n'
            << (*runner)->session().playlist_url << std::endl;
  const auto stats = (*runner)->run((*stop)->token());
  const UploaderStats uploads = (*runner)->status().uploads;
  std::cout << uploads.stored_chunks << " chunks stored, " << uploads.stored_bytes << " bytes, "
            << uploads.retries << " retries" << std::endl;
  if (!stats) return stats.error();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto command_line = capture_tool::capture_command_line();
  const auto arguments = common::read_command_line(command_line, common::words_of(argc, argv));
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto options = capture_tool::read_capture_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(command_line.program(), options.error());
  const auto captured = run(*options);
  return captured ? 0 : common::report(command_line.program(), captured.error());
}

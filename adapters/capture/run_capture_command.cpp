#include "capture/run_capture_command.hpp"

#include <unistd.h>

#include <iostream>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/core/json_text.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/telemetry/json_logger.hpp>

#include "capture/commands.hpp"
#include "capture/status_line.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::string_view kProgram = "streamkit-capture";
constexpr std::chrono::milliseconds kPeriod{200};

int fail(const CaptureOptions& options, const Error& error) {
  if (options.json) {
    std::cout << "{\"event\":\"failed\",\"code\":" << json_string(to_string(error.code))
              << ",\"message\":" << json_string(error.message) << "}" << std::endl;
  }
  return common::report(kProgram, error);
}

std::unique_ptr<CaptureReport> make_report(const CaptureOptions& options) {
  if (options.json) return std::make_unique<JsonReport>(std::cout);
  return std::make_unique<TextReport>(std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1);
}

// Reports until the capture has ended; a stop request ends it.
void watch(ActiveCapture& capture, CaptureReport& report, const std::stop_token& stop) {
  Clock& clock = system_clock();
  report.started(capture.status());
  while (!capture.finished()) {
    const auto next = clock.steady_now() + kPeriod;
    // Once it was woken by the stop, a wait that ends early would be a busy loop.
    const bool stopped = stop.stop_requested();
    if (stopped) capture.end();
    clock.wait_until(next, stopped ? std::stop_token{} : stop);
    report.update(capture.status());
  }
}

}  // namespace

int report_capture(const CaptureOptions& options, const OpenCapture& open) {
  const SignalStop stop;
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return fail(options, curl.error());
  telemetry::JsonLogger logger(options.log_level);
  const auto capture = open(Context{.logger = &logger}, stop.token());
  if (!capture) return fail(options, capture.error());

  const auto report = make_report(options);
  watch(**capture, *report, stop.token());
  report->ended((*capture)->status(), (*capture)->uploads());
  const auto ended = (*capture)->wait();
  if (ended) return 0;
  const bool resumable = (*capture)->resumable();
  const int code = fail(options, ended.error());
  if (!resumable) return code;
  std::cerr << kProgram << ": what is not uploaded yet is on disk; continue with `" << kProgram
            << " resume`" << std::endl;
  return kExitResumable;
}

}  // namespace streamkit::capture_tool

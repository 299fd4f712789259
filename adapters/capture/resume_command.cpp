#include <algorithm>
#include <iostream>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/core/json_text.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <system_error>

#include "capture/capture_options.hpp"
#include "capture/commands.hpp"
#include "capture/run_capture_command.hpp"
#include "capture/spool_folder.hpp"

namespace streamkit::capture_tool {
namespace {

common::CommandLine resume_command_line() {
  return common::CommandLine(
      "streamkit-capture resume [SESSION] [options]",
      "Continues a stream that a crash or a failure has interrupted: sends the chunks that are on "
      "disk,\nthen captures the same source again in the same session. Without SESSION the newest "
      "one.",
      {{"session", "SESSION", "the id of the session, as `--list` prints it"},
       {"list", "", "print the interrupted streams and end"},
       {"finish", "", "send what is on disk and end the session; capture nothing more"},
       {"spool", "auto|FOLDER", "the folder of the spools; auto: this user's", "auto"},
       {"json", "", "print one JSON object per line, for scripts"},
       {"ca-file",
        "FILE",
        "PEM file of the authorities to trust for HTTPS, when not the system's",
        "",
        {"SSL_CERT_FILE"}},
       {"log-level", "LEVEL", "debug, info, warning or error", "warning"}},
      {"session"});
}

struct ResumeOptions {
  std::string session;
  bool list = false;
  bool finish = false;
  bool json = false;
  std::filesystem::path spools;
  std::string ca_file;
  LogLevel log_level = LogLevel::Warning;
};

Result<ResumeOptions> read_options(const common::Arguments& arguments) {
  ResumeOptions options;
  options.session = arguments.text("session");
  for (const auto& [name, value] :
       {std::pair{"list", &options.list}, std::pair{"finish", &options.finish},
        std::pair{"json", &options.json}}) {
    const auto given = arguments.boolean(name);
    if (!given) return given.error();
    *value = *given;
  }
  const std::string spool = arguments.text("spool");
  if (!spool.empty() && spool != "auto") {
    options.spools = spool;
  } else if (const auto usual = default_spool_folder(common::process_environment())) {
    options.spools = *usual;
  } else {
    return arguments.wrong("spool", "HOME is not set, so give the folder");
  }
  options.ca_file = arguments.text("ca-file");
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  return options;
}

void print(const client::SpoolInfo& spool, bool json) {
  if (json) {
    std::cout << "{\"session_id\":" << json_string(spool.session_id)
              << ",\"playlist_url\":" << json_string(spool.playlist_url)
              << ",\"server\":" << json_string(spool.server)
              << ",\"waiting_chunks\":" << spool.waiting_chunks
              << ",\"next_index\":" << spool.point.next_index
              << ",\"in_use\":" << (spool.in_use ? "true" : "false") << "}" << std::endl;
    return;
  }
  std::cout << spool.session_id << "  " << spool.waiting_chunks << " chunks to send"
            << (spool.in_use ? "  running now" : "") << "  " << spool.playlist_url << std::endl;
}

Result<client::SpoolInfo> choose(const std::vector<client::SpoolInfo>& spools,
                                 const ResumeOptions& options) {
  const auto matches = [&](const client::SpoolInfo& spool) {
    return options.session.empty() ? !spool.in_use : spool.session_id == options.session;
  };
  const auto found = std::find_if(spools.begin(), spools.end(), matches);
  if (found == spools.end()) {
    const std::string what = options.session.empty()
                                 ? "no interrupted stream"
                                 : "no interrupted stream of session '" + options.session + "'";
    return Error{ErrorCode::NotFound, what + " in '" + options.spools.string() + "'"};
  }
  if (found->in_use) {
    return Error{ErrorCode::Unavailable,
                 "session '" + found->session_id + "' is being captured by another process"};
  }
  return *found;
}

// The options with which the stream was started, read as if it were started again.
Result<CaptureOptions> options_of(const client::SpoolInfo& spool, const ResumeOptions& resume) {
  const auto note = parse_spool_note(spool.note);
  if (!note) return note.error();
  std::error_code failed;
  std::filesystem::current_path(note->working_folder, failed);
  auto options = parse_capture_options(note->words, common::process_environment());
  if (!options) return options.error().with_context("the flags of the interrupted stream");
  options->json = resume.json;
  options->ask_source = false;  // the user's last choice goes on
  options->log_level = resume.log_level;
  if (!resume.ca_file.empty()) options->ca_file = resume.ca_file;
  return options;
}

// Sends what is on disk and ends the session.
Result<void> finish(const client::SpoolInfo& spool, const CaptureOptions& options) {
  const SignalStop stop;
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  client::HttpClient http({.ca_file = options.ca_file});
  client::PublisherOptions publishing = options.publisher;
  publishing.spool.folder = spool.folder;
  auto publisher = client::Publisher::resume(publishing, http, {.logger = &logger});
  if (!publisher) return publisher.error();
  const auto finished = (*publisher)->finish(stop.token());
  if (!finished) return finished.error();
  print(spool, options.json);
  const UploaderStats uploads = (*publisher)->status().uploads;
  if (!options.json) {
    std::cout << uploads.stored_chunks << " chunks stored, " << uploads.stored_bytes << " bytes, "
              << uploads.retries << " retries" << std::endl;
  }
  return {};
}

int resume(const ResumeOptions& options, std::string_view program) {
  telemetry::JsonLogger logger(options.log_level);
  const auto spools = client::ChunkSpool::list(options.spools, {.logger = &logger});
  if (!spools) return common::report(program, spools.error());
  if (options.list) {
    for (const client::SpoolInfo& spool : *spools) print(spool, options.json);
    if (spools->empty() && !options.json) {
      std::cout << "no interrupted stream in " << options.spools.string() << std::endl;
    }
    return 0;
  }
  const auto spool = choose(*spools, options);
  if (!spool) return common::report(program, spool.error());
  const auto capture = options_of(*spool, options);
  if (!capture) return common::report(program, capture.error());
  if (options.finish) {
    const auto finished = finish(*spool, *capture);
    return finished ? 0 : common::report(program, finished.error());
  }
  return report_capture(*capture, [&](Context context, std::stop_token stop) {
    auto resumed =
        ActiveCapture::resume(*capture, spool->folder, std::move(context), std::move(stop));
    if (resumed) return resumed;
    Error error = resumed.error();
    error.message +=
        "; `streamkit-capture resume --finish` sends what is on disk without capturing more";
    return Result<std::unique_ptr<ActiveCapture>>(std::move(error));
  });
}

}  // namespace

int run_resume(const std::vector<std::string>& words) {
  const auto command_line = resume_command_line();
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto options = read_options(std::get<common::Arguments>(arguments));
  if (!options) return common::report(command_line.program(), options.error());
  return resume(*options, command_line.program());
}

}  // namespace streamkit::capture_tool

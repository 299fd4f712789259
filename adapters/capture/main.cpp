#include <iostream>
#include <stop_token>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <utility>

#include "capture/capture_options.hpp"
#include "capture/status_line.hpp"
#include "common/server_flags.hpp"

namespace {

using namespace streamkit;

Result<std::unique_ptr<Source>> open_source(const capture_tool::CaptureOptions& options,
                                            std::stop_token stop, Context context) {
  if (options.input != "test") {
    return capture::open_file_source({.path = options.input,
                                      .tracks = options.tracks,
                                      .loop = options.loop,
                                      .pacing = options.pacing,
                                      .duration = options.duration,
                                      .frame_rate = options.frame_rate,
                                      .stated_rate = options.stated_rate,
                                      .stop = std::move(stop),
                                      .allow_playlists = options.allow_playlists,
                                      .keep_hdr = options.keep_hdr},
                                     context);
  }
  auto source = capture::GeneratedSource::create(
      {.duration = options.duration, .pacing = options.pacing}, context);
  if (!source) return source.error();
  return std::unique_ptr<Source>(*std::move(source));
}

Result<void> run(const capture_tool::CaptureOptions& options) {
  const SignalStop stop;
  const media::FfmpegLog quiet(nullptr);
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  telemetry::JsonLogger logger(options.log_level);
  const Context context{.logger = &logger};

  // The session is created last, so that an invalid input does not leave a session behind.
  const auto source = open_source(options, stop.token(), context);
  if (!source) return source.error();
  const SourceFormat& format = (*source)->format();
  media::EncoderOptions encoding = options.encoder;
  encoding.hdr = format.hdr;
  const auto encoder = media::open_encoder(encoding, format.video, format.audio);
  if (!encoder) return encoder.error();
  const auto chunker = media::open_chunker({options.encoder.chunk_duration}, (*encoder)->tracks());
  if (!chunker) return chunker.error();
  client::HttpClient http({.ca_file = options.ca_file});
  const auto publisher = client::Publisher::create(options.publisher, http, context, stop.token());
  if (!publisher) return common::with_server_hint(publisher.error(), options.publisher.server);

  const client::CreatedSession& session = (*publisher)->session();
  std::cout << "session " << session.session_id << '\n' << session.playlist_url << std::endl;
  if (const std::string url = client::watch_url(session); !url.empty()) {
    std::cout << "watch it at " << url << std::endl;
  }
  const auto stats = [&] {
    const capture_tool::StatusLine status(**publisher);
    return (*publisher)->run(**source, **encoder, **chunker, stop.token());
  }();
  const UploaderStats uploads = (*publisher)->status().uploads;
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

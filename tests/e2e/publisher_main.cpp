// A small live publisher for the tests that kill it: publishes the generated scene with a spool,
// and resumes the session that the spool holds.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/last_frame.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace streamkit;

struct Arguments {
  std::string server;
  std::filesystem::path spool;
  double chunk_seconds = 1;
  double seconds = 0;
  int bit_rate_bps = 0;
  bool adaptive = false;
  double spool_seconds = 1200;
  double give_up_seconds = 60;
};

Result<std::unique_ptr<client::Publisher>> open_publisher(const Arguments& arguments,
                                                          client::HttpClient& http,
                                                          const Context& context) {
  client::PublisherOptions options{.server = arguments.server,
                                   .chunk_duration = from_seconds(arguments.chunk_seconds)};
  options.give_up_after = std::chrono::milliseconds(std::lround(arguments.give_up_seconds * 1000));
  options.spool.folder = arguments.spool;
  options.spool.limits.max_duration = from_seconds(arguments.spool_seconds);
  options.spool.note = "the generated scene";
  if (arguments.adaptive)
    options.adaptive = {.max_bps = arguments.bit_rate_bps, .min_bps = 200'000};
  if (std::filesystem::exists(arguments.spool / "session.json")) {
    return client::Publisher::resume(options, http, context);
  }
  return client::Publisher::create(options, http, context);
}

void print_status(const client::PublisherStatus& status) {
  std::cout << "status cut " << status.cut_chunks << " stored " << status.uploads.stored_chunks
            << " waiting " << status.uploads.buffered_chunks << " retries "
            << status.uploads.retries << " progress " << status.chunk_progress() << " link "
            << std::llround(status.link.bits_per_second) << " load " << status.link.load << " rate "
            << status.video_bit_rate_bps << " lag " << to_seconds(status.lag());
  for (const client::PublisherWarning& warning : status.warnings) {
    std::cout << " warning " << static_cast<int>(warning.problem);
  }
  std::cout << std::endl;
}

Result<void> publish(const Arguments& arguments) {
  const SignalStop stop;
  const media::FfmpegLog quiet(nullptr);
  telemetry::JsonLogger logger(LogLevel::Info);
  const Context context{.logger = &logger};
  capture::GeneratedSourceOptions scene{.width_px = 320, .height_px = 180};
  if (arguments.bit_rate_bps > 1'000'000) scene.width_px = 1280, scene.height_px = 720;
  scene.duration = from_seconds(arguments.seconds);
  const auto source = capture::GeneratedSource::create(scene, context);
  if (!source) return source.error();
  const SourceFormat& format = (*source)->format();
  media::EncoderOptions encoding{.chunk_duration = from_seconds(arguments.chunk_seconds),
                                 .preset = "ultrafast"};
  if (arguments.bit_rate_bps > 0) encoding.video_bit_rate_bps = arguments.bit_rate_bps;
  const auto encoder = media::open_encoder(encoding, format.video, format.audio);
  if (!encoder) return encoder.error();

  client::HttpClient http;
  const auto publisher = open_publisher(arguments, http, context);
  if (!publisher) return publisher.error();
  const ResumePoint& point = (*publisher)->resume_point();
  std::cout << "session " << (*publisher)->session().session_id << '\n'
            << (*publisher)->session().playlist_url << '\n'
            << "begins at " << point.next_index << std::endl;
  ResumedSourceOptions resumed{.point = point};
  if (!(*publisher)->last_chunk().empty()) {
    auto last = media::decode_last_frame((*publisher)->last_chunk());
    if (!last) return last.error();
    resumed.last_frame = *std::move(last);
  }
  const auto continued = ResumedSource::create(**source, std::move(resumed), context);
  if (!continued) return continued.error();
  const auto chunker =
      media::open_chunker({encoding.chunk_duration}, (*encoder)->tracks(), point.next_index);
  if (!chunker) return chunker.error();
  const std::jthread printer([&](std::stop_token ended) {
    Clock& clock = system_clock();
    while (clock.wait_until(clock.steady_now() + std::chrono::milliseconds(200), ended)) {
      print_status((*publisher)->status());
    }
  });
  const auto stats = (*publisher)->run(**continued, **encoder, **chunker, stop.token());
  print_status((*publisher)->status());
  if (!stats) return stats.error();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 4) {
    std::cerr << "usage: streamkit-test-publisher SERVER SPOOL CHUNK_SECONDS SECONDS [BIT_RATE]"
                 " [ADAPTIVE] [SPOOL_SECONDS] [GIVE_UP_SECONDS]\n";
    return 2;
  }
  const auto number = [&](std::size_t place, double otherwise) {
    return place < words.size() ? std::atof(words[place].c_str()) : otherwise;
  };
  const auto published = publish({.server = words[0],
                                  .spool = words[1],
                                  .chunk_seconds = number(2, 1),
                                  .seconds = number(3, 0),
                                  .bit_rate_bps = static_cast<int>(number(4, 0)),
                                  .adaptive = number(5, 0) != 0,
                                  .spool_seconds = number(6, 1200),
                                  .give_up_seconds = number(7, 60)});
  if (!published) std::cerr << "streamkit-test-publisher: " << to_string(published.error()) << '\n';
  return published ? 0 : 1;
}

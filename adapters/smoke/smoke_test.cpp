#include "smoke/smoke_test.hpp"

#include <array>
#include <ostream>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/client/session_credentials_provider.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>

#include "common/command_line.hpp"
#include "common/server_flags.hpp"

namespace streamkit::smoke {
namespace {

// Returns the error of a failed check: what was found, and where to look.
Error failed(const std::string& found, const std::string& look_at) {
  return {ErrorCode::Internal, found + "\n     look at: " + look_at};
}

class SmokeTest {
 public:
  SmokeTest(const SmokeOptions& options, std::ostream& out, std::stop_token stop)
      : options_(options), out_(out), stop_(stop) {}

  Result<void> run() {
    using Check = Result<void> (SmokeTest::*)();
    struct Step {
      const char* name;
      Check check;
      bool needs_chunks = false;
    };
    constexpr std::array<Step, 8> kSteps = {{
        {"server responds", &SmokeTest::server_answers},
        {"session created", &SmokeTest::session_created},
        {"playlist is a live EVENT playlist", &SmokeTest::playlist_is_live},
        {"credentials cover this session only", &SmokeTest::credentials_are_scoped},
        {"chunks uploaded", &SmokeTest::chunks_uploaded, true},
        {"segments appear", &SmokeTest::segments_appear, true},
        {"segments play at their position", &SmokeTest::segments_play, true},
        {"end is announced", &SmokeTest::end_is_announced},
    }};
    for (const Step& step : kSteps) {
      if (step.needs_chunks && api_alone()) continue;
      detail_.clear();
      api_lines_.clear();
      const auto checked = (this->*step.check)();
      print(step.name, checked.has_value());
      if (!checked) return checked;
    }
    return {};
  }

 private:
  [[nodiscard]] bool api_alone() const { return options_.chunks == 0; }

  void print(const char* check, bool passed) {
    if (passed && api_alone()) {
      out_ << api_lines_ << std::flush;
      return;
    }
    out_ << (passed ? "ok    " : "FAIL  ") << check;
    if (passed && !detail_.empty()) out_ << ": " << detail_;
    out_ << std::endl;
  }

  Result<void> server_answers() {
    auto client = client::SessionClient::create(http_, options_.api_base, options_.api_key);
    if (!client) return client.error();
    client_ = std::move(*client);
    const auto answer = get(options_.api_base + "/healthz");
    if (!answer) {
      return failed("GET /healthz: " + common::describe(answer.error()),
                    "is a server running at " + options_.api_base + "?");
    }
    return {};
  }

  Result<void> session_created() {
    auto session = client_->create_session(StereoMode::FullSbs, options_.chunk_duration, stop_);
    if (!session) return common::with_server_hint(session.error(), options_.api_base);
    session_ = std::move(*session);
    detail_ = session_.session_id;
    api_lines_ =
        "created: " + session_.session_id + "\nplaylist URL: " + session_.playlist_url + "\n";
    if (!is_valid_session_id(session_.session_id)) {
      return failed("session_id '" + session_.session_id + "' is malformed", "the server's build");
    }
    if (session_.control_token.empty()) {
      return failed("the response has no control_token", "the server's build");
    }
    credentials_ = std::make_unique<client::SessionCredentialsProvider>(*client_, session_);
    return {};
  }

  Result<void> playlist_is_live() {
    auto list = playlist("?nowait=1");
    if (!list) return list.error();
    if (list->type != hls::PlaylistType::Event) {
      return failed("the playlist is not of type EVENT", "the server's playlist builder");
    }
    if (list->end_list || !list->segments.empty()) {
      return failed("a new session's playlist is not empty and open", "the server's session store");
    }
    api_lines_ = "playlist OK\n";
    return {};
  }

  Result<void> credentials_are_scoped() {
    auto writer = make_writer();
    if (!writer) return writer.error();
    const Bytes body = {'x'};
    const auto put = (*writer)->put(
        to_string(StreamInputKey{"not-" + session_.session_id.substr(0, 32), 0}), body, {}, stop_);
    if (put) {
      return failed("the credentials could write into another session",
                    "the policy behind them (STS session policy, S3 endpoint)");
    }
    if (put.error().code != ErrorCode::PermissionDenied) return put;
    return {};
  }

  Result<void> chunks_uploaded() {
    auto writer = make_writer();
    if (!writer) return writer.error();
    auto uploader = Uploader::create(**writer, session_.session_id);
    if (!uploader) return uploader.error();
    capture::GeneratedSourceOptions scene;
    scene.width_px = 640;
    scene.height_px = 360;
    scene.duration = options_.chunk_duration * options_.chunks;
    scene.pacing = capture::Pacing::AsFastAsPossible;
    auto source = capture::GeneratedSource::create(scene);
    if (!source) return source.error();
    media::EncoderOptions settings;
    settings.chunk_duration = options_.chunk_duration;
    const SourceFormat& format = (*source)->format();
    auto encoder = media::open_encoder(settings, format.video, format.audio);
    if (!encoder) return encoder.error();
    auto chunker = media::open_chunker({options_.chunk_duration}, (*encoder)->tracks());
    if (!chunker) return chunker.error();
    const auto upload = [&](Chunk chunk) { return (*uploader)->submit(std::move(chunk), stop_); };
    auto captured = run_capture(**source, **encoder, **chunker, upload, stop_);
    if (!captured) return captured.error();
    if (auto stored = (*uploader)->finish(stop_); !stored) return stored;
    detail_ = std::to_string((*uploader)->stats().stored_bytes) + " bytes in " +
              std::to_string(captured->chunks);
    return {};
  }

  Result<void> segments_appear() {
    detail_ = "the plain URL waits for as many as every player needs to start, ?nowait=1 does not";
    // The plain URL waits for more segments than a short test may have, and longer than it may
    // last.
    return wait_for_playlist("?nowait=1", "the worker: is one running on the same data or queue?",
                             [&](const hls::MediaPlaylist& list) {
                               return list.segments.size() ==
                                      static_cast<std::size_t>(options_.chunks);
                             });
  }

  Result<void> segments_play() {
    auto list = playlist("?nowait=1");
    if (!list) return list.error();
    const std::string base = session_.playlist_url.substr(0, session_.playlist_url.rfind('/') + 1);
    MediaTime expected{0};
    for (const auto& segment : list->segments) {
      const bool absolute = segment.uri.find("://") != std::string::npos;
      auto body = get(absolute ? segment.uri : base + segment.uri);
      if (!body) return body.error().with_context("GET " + segment.uri);
      auto reader = media::open_media_bytes({body->begin(), body->end()});
      if (!reader) return reader.error().with_context(segment.uri);
      const MediaInfo& found = (*reader)->info();
      const MediaTime frame = found.video.frame_rate.frame_duration();
      if (std::chrono::abs(found.start - expected) > frame / 2) {
        return failed(segment.uri + " starts at " + std::to_string(to_seconds(found.start)) +
                          " s instead of " + std::to_string(to_seconds(expected)) + " s",
                      "the worker's log for this session");
      }
      if (!found.audio) return failed(segment.uri + " has no audio", "the worker's log");
      expected += segment.duration;
      detail_ = std::to_string(found.video.width_px) + "x" + std::to_string(found.video.height_px) +
                ", " + std::to_string(to_seconds(expected)) + " s";
    }
    return {};
  }

  Result<void> end_is_announced() {
    auto ended = client_->end_session(session_.session_id, session_.control_token, stop_);
    if (!ended) return ended.error();
    api_lines_ = "ENDLIST\n";
    return wait_for_playlist("?nowait=1", "the server's session store: final chunk count",
                             [](const hls::MediaPlaylist& list) { return list.end_list; });
  }

  template <typename Predicate>
  Result<void> wait_for_playlist(const std::string& query, const std::string& look_at,
                                 Predicate ready) {
    Clock& clock = system_clock();
    const auto deadline = clock.steady_now() + options_.patience;
    for (;;) {
      auto list = playlist(query);
      if (list && ready(*list)) return {};
      if (!list && !list.error().retryable()) return list.error();
      if (clock.steady_now() >= deadline) {
        const std::string found = list ? std::to_string(list->segments.size()) + " of " +
                                             std::to_string(options_.chunks) + " segments listed"
                                       : common::describe(list.error());
        return failed(found + " after " + std::to_string(options_.patience.count()) + " s",
                      look_at);
      }
      constexpr std::chrono::milliseconds kPoll{250};
      if (!clock.wait_until(clock.steady_now() + kPoll, stop_)) {
        return Error{ErrorCode::Cancelled, "stopped"};
      }
    }
  }

  Result<hls::MediaPlaylist> playlist(const std::string& query) {
    auto text = get(session_.playlist_url + query);
    if (!text) return text.error().with_context("GET playlist");
    return hls::parse_media_playlist(*text);
  }

  Result<std::string> get(const std::string& url) {
    client::HttpRequest request;
    request.url = url;
    // This is the maximum size of a chunk that the server accepts; a segment may be larger than its
    // chunk.
    constexpr std::size_t kLargestSegmentBytes = std::size_t{256} << 20;
    request.max_response_bytes = kLargestSegmentBytes;
    auto answer = http_.send(request, stop_);
    if (!answer) return answer.error();
    if (answer->status != 200) {
      const ErrorCode code = answer->status >= 500 ? ErrorCode::Unavailable : ErrorCode::Internal;
      return Error{code, "status " + std::to_string(answer->status), "http", answer->status};
    }
    return std::string(answer->body.begin(), answer->body.end());
  }

  Result<std::unique_ptr<client::S3ObjectWriter>> make_writer() {
    const client::UploadTarget& target = session_.upload;
    return client::S3ObjectWriter::create(http_, *credentials_,
                                          {target.bucket, target.region, target.endpoint});
  }

  const SmokeOptions& options_;
  std::ostream& out_;
  const std::stop_token stop_;
  client::HttpClient http_{{.ca_file = options_.ca_file}};
  std::optional<client::SessionClient> client_;
  client::CreatedSession session_;
  std::unique_ptr<client::SessionCredentialsProvider> credentials_;
  // The following members belong to the check that is running.
  std::string detail_;     // appended to the line of the check
  std::string api_lines_;  // printed instead of that line when only the API is checked
};

}  // namespace

Result<void> run_smoke_test(const SmokeOptions& options, std::ostream& out, std::stop_token stop) {
  return SmokeTest(options, out, stop).run();
}

}  // namespace streamkit::smoke

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/client/session_credentials_provider.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/store/uploader.hpp>
#include <string>

namespace streamkit::capture_tool {

struct CaptureConfig {
  /// The server, as in "http://localhost:8000".
  std::string api_base = "http://localhost:8000";
  /// Bearer token for creating sessions; empty where the server asks for none.
  std::string api_key;
  /// PEM file of the authorities to trust for HTTPS; empty: the system's.
  std::string ca_file = {};
  /// A file's path, or "test" for the generated scene.
  std::string input = "test";
  bool loop = false;
  capture::Pacing pacing = capture::Pacing::Realtime;
  /// 0: until the input ends.
  MediaTime duration{0};
  StereoMode mode = StereoMode::FullSbs;
  /// Its chunk duration is the session's.
  media::EncoderOptions encoder = {};
  UploaderOptions uploader = {};
};

struct CaptureStatus {
  std::uint64_t chunks_cut = 0;
  /// How far the cut chunks reach.
  MediaTime captured{0};
  UploaderStats uploads;
};

/// One capture session from its creation to its end: source, encoder, chunker, uploader.
/// Thread-safety: run() once, from one thread; the others from any.
class CaptureRunner {
 public:
  /// Opens the input and the encoder, then creates the session, so that a bad input leaves none
  /// behind. Errors: those of the source, the encoder and the session API.
  static Result<std::unique_ptr<CaptureRunner>> create(const CaptureConfig& config, Context context,
                                                       std::stop_token stop);

  [[nodiscard]] const client::CreatedSession& session() const noexcept { return session_; }
  [[nodiscard]] CaptureStatus status() const;

  /// Until the input ends or `stop` is requested; then what was captured is uploaded and the
  /// session is ended, also after a failure. Errors: the first failure of any stage.
  Result<CaptureStats> run(std::stop_token stop);

 private:
  CaptureRunner() = default;

  std::unique_ptr<Source> source_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Chunker> chunker_;
  std::unique_ptr<client::HttpClient> http_;
  std::optional<client::SessionClient> client_;
  client::CreatedSession session_;
  std::unique_ptr<client::SessionCredentialsProvider> credentials_;
  std::unique_ptr<client::S3ObjectWriter> writer_;
  std::unique_ptr<Uploader> uploader_;
  std::atomic<std::uint64_t> chunks_cut_{0};
  std::atomic<std::int64_t> captured_flicks_{0};
};

}  // namespace streamkit::capture_tool

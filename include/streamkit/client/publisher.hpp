#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/store/uploader.hpp>
#include <string>

namespace streamkit::client {

struct STREAMKIT_API PublisherOptions {
  /// Base URL of the server.
  std::string server = "http://localhost:8000";
  /// Sent as bearer token when the session is created; empty when the server asks for none.
  std::string api_key = {};
  /// How the views of the converted stream are packed.
  StereoMode mode = StereoMode::FullSbs;
  /// The choices of the session for its 3D view; the rest is the worker's.
  StereoChoice stereo = {};
  /// Nominal length of a chunk; the chunker must cut at this.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// How long an outage of the server or the network may last, counted from the first failed
  /// attempt. A longer time survives longer outages; while it runs, chunks collect in memory.
  std::chrono::milliseconds give_up_after = std::chrono::minutes(5);
  /// Chunks and bytes that may wait in memory while one chunk is sent; at either bound the producer
  /// waits. The default holds 5 minutes of 7 Mbit/s. A source that can wait without harm, such as a
  /// file, needs no more than 2 chunks.
  std::size_t max_buffered_chunks = 600;
  std::uint64_t max_buffered_bytes = std::uint64_t{256} << 20;
};

enum class PublisherState {
  Connected,     ///< The latest attempt succeeded, or none was made yet.
  Reconnecting,  ///< The latest attempt failed and will be repeated.
  Ended,         ///< All chunks are stored and the session is ended.
  Failed         ///< The publisher has given up; status().uploads.last_error is the reason.
};

struct STREAMKIT_API PublisherStatus {
  PublisherState state = PublisherState::Connected;
  /// Chunks that the producer has cut, including one that waits for room.
  std::uint64_t cut_chunks = 0;
  /// Where the last of them ends on the stream's timeline.
  MediaTime cut_end{0};
  UploaderStats uploads = {};

  /// How far what is stored trails what was cut.
  [[nodiscard]] MediaTime lag() const noexcept { return cut_end - uploads.stored_end; }
};

/// Publishes one live stream to a server: creates a session, uploads its chunks in order under
/// credentials that are renewed in time, survives outages of the server, and ends the session.
/// The session is ended also after a final failure, as far as the server can be reached; otherwise
/// the server ends it by its idle timeout.
/// Thread-safety: run(), submit() and finish() from one thread; the others from any.
class STREAMKIT_API Publisher {
 public:
  /// Creates the session. Open the source and the encoder before, so that a bad input leaves no
  /// session behind. `http` and what `context` points to must outlive the publisher. Blocks for one
  /// request; woken by `stop`.
  /// Errors: InvalidArgument (an option); those of SessionClient::create_session().
  static Result<std::unique_ptr<Publisher>> create(PublisherOptions options, HttpClient& http,
                                                   Context context = {}, std::stop_token stop = {});
  /// Abandons what is not stored, without ending the session; call finish() before.
  virtual ~Publisher() = default;

  /// Publishes what `source` yields until it ends, fails or `stop` is requested. What was captured
  /// until then is uploaded, which may take up to `give_up_after` beyond the stop, and the session
  /// is ended. Call it once, instead of submit() and finish().
  /// Errors: the first failure of any stage. A requested stop is not one.
  virtual Result<CaptureStats> run(Source& source, Encoder& encoder, Chunker& chunker,
                                   std::stop_token stop) = 0;

  /// Hands over the next chunk of a producer of one's own. Blocks while as much waits as the
  /// options allow; woken by `stop`, after which the same chunk may be submitted again. Errors: as
  /// Uploader::submit(); InvalidArgument after finish().
  virtual Result<void> submit(Chunk chunk, std::stop_token stop) = 0;
  /// Blocks until all submitted chunks are stored, then ends the session. Idempotent.
  /// Errors: the final failure; Cancelled, after which it may be called again.
  virtual Result<void> finish(std::stop_token stop) = 0;

  /// Holds secrets: the upload credentials and the control token.
  [[nodiscard]] virtual const CreatedSession& session() const noexcept = 0;
  [[nodiscard]] virtual PublisherStatus status() const = 0;
};

}  // namespace streamkit::client

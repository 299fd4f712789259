#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/resumed_source.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/store/uploader.hpp>
#include <string>
#include <vector>

namespace streamkit::client {

enum class WhenSpoolFull {
  Stop,  ///< submit() returns ResourceExhausted, which ends the capture. The spool is still sent.
  Wait   ///< submit() blocks, and with it the source. For sources that can wait, such as files.
};

/// Keeps chunks on disk until they are stored, so that they survive crashes and long outages.
struct STREAMKIT_API SpoolOptions {
  /// The folder of this session's spool: empty, or not there yet. Empty path: no spool, chunks are
  /// kept in memory.
  std::filesystem::path folder = {};
  SpoolLimits limits = {};
  WhenSpoolFull when_full = WhenSpoolFull::Stop;
  /// Stored with the session and returned by Publisher::note() after a restart. At most 64 KiB.
  std::string note = {};
};

/// Lowers the encoder's video bit rate when the link is slower than the stream, and raises it again
/// when there is room.
struct STREAMKIT_API AdaptiveBitRate {
  /// The video bit rate with which the encoder was opened, which is never exceeded. 0: the bit rate
  /// stays as it is.
  int max_bps = 0;
  /// A lower one survives slower links and looks worse. At most `max_bps` is used.
  int min_bps = 300'000;
  /// The bit rate of the audio, which takes its share of the link.
  int audio_bps = 128'000;
};

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
  /// With a spool it counts from finish() at the earliest: until then an outage may last until the
  /// spool is full.
  std::chrono::milliseconds give_up_after = std::chrono::minutes(5);
  /// Chunks and bytes that may wait in memory while one chunk is sent; at either bound the producer
  /// waits. The default holds 5 minutes of 7 Mbit/s. A source that can wait without harm, such as a
  /// file, needs no more than 2 chunks. Unused with a spool.
  std::size_t max_buffered_chunks = 600;
  std::uint64_t max_buffered_bytes = std::uint64_t{256} << 20;
  SpoolOptions spool = {};
  AdaptiveBitRate adaptive = {};
};

enum class PublisherState {
  Connected,     ///< The latest attempt succeeded, or none was made yet.
  Reconnecting,  ///< The latest attempt failed and will be repeated.
  Ended,         ///< All chunks are stored and the session is ended.
  Failed         ///< The publisher has given up; status().uploads.last_error is the reason.
};

enum class PublisherProblem {
  ServerUnreachable,   ///< Attempts fail; the stream is kept and sent later.
  SlowLink,            ///< Uploads take longer than the chunks last, so the stream falls behind.
  BufferFilling,       ///< More than three quarters of the spool or the memory for chunks is used.
  CredentialsExpiring  ///< The upload credentials expire soon and could not be renewed yet.
};

/// A condition that holds now and that a person should know of.
struct STREAMKIT_API PublisherWarning {
  PublisherProblem problem = PublisherProblem::ServerUnreachable;
  /// One sentence that names the problem and what to do.
  std::string message;
};

/// An estimate of the link, from recent uploads. All 0 before the first upload ended.
struct STREAMKIT_API LinkStatus {
  /// Bits per second from the start of an upload to its acknowledgement, averaged with more weight
  /// on recent ones.
  double bits_per_second = 0;
  /// The time that uploads take, divided by the length of what they carry, averaged in the same
  /// way. Above 1, the link is slower than real time.
  double load = 0;
};

struct STREAMKIT_API PublisherStatus {
  PublisherState state = PublisherState::Connected;
  /// Chunks that the producer has cut, including one that waits for room.
  std::uint64_t cut_chunks = 0;
  /// Where the last of them ends on the stream's timeline.
  MediaTime cut_end{0};
  /// Its `buffered_` members count what is in the spool, if there is one.
  UploaderStats uploads = {};
  LinkStatus link = {};
  /// The video bit rate that the encoder was last asked for; 0 when it is not adapted.
  int video_bit_rate_bps = 0;
  WallTime credentials_expire_at = {};
  /// The conditions that hold now, most urgent first.
  std::vector<PublisherWarning> warnings = {};

  /// How far what is stored trails what was cut.
  [[nodiscard]] MediaTime lag() const noexcept { return cut_end - uploads.stored_end; }
  /// How much of the chunk that is being sent has left this machine, from 0 to 1.
  [[nodiscard]] double chunk_progress() const noexcept {
    if (uploads.sending_bytes == 0) return 0;
    return static_cast<double>(uploads.sent_bytes) / static_cast<double>(uploads.sending_bytes);
  }
};

/// Publishes one live stream to a server: creates a session, uploads its chunks in order under
/// credentials that are renewed in time, survives outages of the server, and ends the session.
/// The session is ended also after a final failure, as far as the server can be reached; otherwise
/// the server ends it by its idle timeout.
///
/// With a spool, each chunk is on disk before it is sent. After a crash, or a failure that left
/// chunks in the spool, resume() continues the same session: nothing that was cut is lost. The
/// session is then ended only by finish(); the spool is removed with it.
/// Thread-safety: run(), capture(), submit() and finish() from one thread; the others from any.
class STREAMKIT_API Publisher {
 public:
  /// Creates the session. Open the source and the encoder before, so that a bad input leaves no
  /// session behind. `http` and what `context` points to must outlive the publisher. Blocks for one
  /// request; woken by `stop`.
  /// Errors: InvalidArgument (an option); those of ChunkSpool::create() and
  /// SessionClient::create_session().
  static Result<std::unique_ptr<Publisher>> create(PublisherOptions options, HttpClient& http,
                                                   Context context = {}, std::stop_token stop = {});
  /// Continues the session whose spool is in `options.spool.folder`: sends what the spool holds,
  /// then what is submitted. Server, mode and chunk duration are those of the session; the members
  /// of `options` for them, and for the API key and the note, are unused. Sends no request itself:
  /// a session that the server has ended meanwhile is reported by the first upload.
  ///
  /// Wrap the new source in a ResumedSource with resume_point(), open the chunker with
  /// resume_point().next_index, and call run(). To send what is left and end the session, call
  /// finish() alone.
  /// Errors: InvalidArgument (an option); those of ChunkSpool::open().
  static Result<std::unique_ptr<Publisher>> resume(PublisherOptions options, HttpClient& http,
                                                   Context context = {});
  /// Abandons what is not stored, without ending the session; call finish() before. A spool is kept
  /// and can be resumed.
  virtual ~Publisher() = default;

  /// Publishes what `source` yields until it ends, fails or `stop` is requested. What was captured
  /// until then is uploaded, which may take up to `give_up_after` beyond the stop, and the session
  /// is ended. Call it once, instead of submit() and finish().
  /// Errors: the first failure of any stage. A requested stop is not one.
  virtual Result<CaptureStats> run(Source& source, Encoder& encoder, Chunker& chunker,
                                   std::stop_token stop) = 0;
  /// As run(), but leaves the session open: returns when the last chunk is submitted, while chunks
  /// may still be uploading. Call finish() to end the session. A resumed session whose spool is
  /// more than half full is sent first, until it is not.
  virtual Result<CaptureStats> capture(Source& source, Encoder& encoder, Chunker& chunker,
                                       std::stop_token stop) = 0;

  /// Hands over the next chunk of a producer of one's own. Blocks while as much waits as the
  /// options allow; woken by `stop`, after which the same chunk may be submitted again. Errors: as
  /// Uploader::submit(); InvalidArgument after finish(). With `adaptive`, ask
  /// status().video_bit_rate_bps of the encoder after each chunk.
  virtual Result<void> submit(Chunk chunk, std::stop_token stop) = 0;
  /// Blocks until all submitted chunks are stored, then ends the session. Idempotent.
  /// Errors: the final failure; Cancelled, after which it may be called again.
  virtual Result<void> finish(std::stop_token stop) = 0;

  /// Holds secrets: the upload credentials and the control token.
  [[nodiscard]] virtual const CreatedSession& session() const noexcept = 0;
  [[nodiscard]] virtual PublisherStatus status() const = 0;
  /// Where the stream continued when the session was resumed. A new session's is all 0.
  [[nodiscard]] virtual const ResumePoint& resume_point() const noexcept = 0;
  /// The chunk before resume_point(), as a file, whose last frame can fill the gap; see
  /// media::decode_last_frame(). Empty for a new session.
  [[nodiscard]] virtual const Bytes& last_chunk() const noexcept = 0;
  /// The text that was stored with the spool. Empty without one.
  [[nodiscard]] virtual const std::string& note() const noexcept = 0;
};

}  // namespace streamkit::client

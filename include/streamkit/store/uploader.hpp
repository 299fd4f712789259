#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/store/chunk_buffer.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>

namespace streamkit {

struct STREAMKIT_API UploaderOptions {
  /// Delays between the attempts of one chunk. `max_attempts` is used only when `give_up_after` is
  /// zero.
  RetryPolicy retry = {};
  /// Time from a chunk's first failed attempt until the uploader gives up. A longer time survives
  /// longer outages and reports them later. Zero: `retry.max_attempts` decides.
  std::chrono::milliseconds give_up_after{0};
  /// The number of chunks that may wait while one uploads. With 1, the encoder can work one chunk
  /// ahead. Each further chunk bridges longer stalls of the network and costs the memory of a
  /// chunk.
  std::size_t chunks_ahead = 1;
  /// The number of bytes that may wait while one chunk uploads. A larger chunk waits alone. Zero:
  /// no limit in bytes.
  std::uint64_t max_buffered_bytes = 0;
  /// The index of the first chunk that is submitted.
  std::uint64_t first_index = 0;
  /// Retry as long as chunks come: `give_up_after` counts from finish() at the earliest. The bounds
  /// of the buffer then limit how long an outage may last.
  bool patient = false;
  /// If the buffer is full, submit() waits for room (false), or returns ResourceExhausted (true).
  /// In both cases the chunks in the buffer are still stored.
  bool reject_when_full = false;
};

/// A measurement of the link, taken when a chunk was acknowledged.
struct STREAMKIT_API UploadSample {
  /// The bytes of the chunk, and those of the next one that left at the same time; without those
  /// that an earlier sample has counted.
  std::uint64_t bytes = 0;
  /// From the beginning of the attempt that succeeded, or from the acknowledgement of the chunk
  /// before it if that was later.
  std::chrono::nanoseconds elapsed{0};
  /// How much of the stream the bytes carried.
  MediaTime duration{0};
};

struct STREAMKIT_API UploaderStats {
  std::uint64_t stored_chunks = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t retries = 0;
  /// The number of chunks in the buffer: the waiting ones and the one that is being sent.
  std::uint64_t buffered_chunks = 0;
  std::uint64_t buffered_bytes = 0;
  /// The length of what is in memory, or in the spool.
  MediaTime buffered_duration{0};
  /// The end of the last stored chunk on the stream's timeline.
  MediaTime stored_end{0};
  /// Bytes of the oldest chunk that is being sent, and how many of them have arrived, or at least
  /// left this machine. Both 0 while nothing is sent.
  std::uint64_t sending_bytes = 0;
  std::uint64_t sent_bytes = 0;
  /// The error of the latest failed attempt. Cleared when a chunk is stored.
  std::optional<Error> last_error = {};
  /// True after the uploader has given up: `last_error` is then the final failure.
  bool failed = false;
};

/// Stores a session's chunks strictly in index order: a chunk is not stored before the one ahead of
/// it is, so the stored indices never have a hole. An attempt that fails with a retryable error is
/// repeated according to the options. A failure that persists after all retries, or that cannot be
/// retried, is final: every later call returns it. Owns its threads, joined by the destructor. The
/// destructor discards chunks that are not stored; call finish() first.
///
/// If the writer can hold the last byte of a chunk back and chunks wait, the next chunk is sent
/// beside the rest of the oldest one, up to its last byte, so that no time is lost while the
/// oldest one waits for its response. If the oldest one fails, the attempt at the next one is
/// stopped, and it is sent in its turn.
/// Thread-safety: submit() and finish() from one thread, stats() from any.
class STREAMKIT_API Uploader {
 public:
  /// `writer` and what `context` points to must outlive the uploader.
  /// Errors: InvalidArgument (session id, retry policy, a negative `give_up_after`).
  static Result<std::unique_ptr<Uploader>> create(ObjectWriter& writer, std::string session_id,
                                                  UploaderOptions options = {},
                                                  Context context = {});
  /// As create(), with a buffer of the caller's, such as a spool on disk. Each chunk is added to
  /// the buffer before it is sent, and removed once it is stored. Chunks that the buffer holds
  /// already are stored first; `options.first_index` counts behind them. `chunks_ahead` and
  /// `max_buffered_bytes` are unused.
  /// `on_stored`, unless empty, is called after each chunk, in order, on a thread of the uploader.
  static Result<std::unique_ptr<Uploader>> create_with_buffer(
      ObjectWriter& writer, std::string session_id, std::unique_ptr<ChunkBuffer> buffer,
      UploaderOptions options = {}, Context context = {},
      std::function<void(const UploadSample&)> on_stored = {});
  virtual ~Uploader() = default;

  /// Submits the next chunk. Blocks while the number of waiting chunks is at its limit; `stop` ends
  /// the wait. Errors: InvalidArgument when `chunk.index` is not the next one; Cancelled; those of
  /// the buffer; ResourceExhausted (`reject_when_full`); the final failure. After all but the last,
  /// the same chunk may be submitted again.
  virtual Result<void> submit(Chunk chunk, std::stop_token stop) = 0;
  /// Blocks until all submitted chunks are stored. Errors: the final failure; Cancelled.
  virtual Result<void> finish(std::stop_token stop) = 0;
  [[nodiscard]] virtual UploaderStats stats() const = 0;
};

}  // namespace streamkit

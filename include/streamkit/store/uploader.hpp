#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>

namespace streamkit {

struct STREAMKIT_API UploaderOptions {
  /// Delays between the attempts of one chunk. `max_attempts` counts only while `give_up_after` is
  /// zero.
  RetryPolicy retry = {};
  /// Time from a chunk's first failed attempt until the uploader gives up. A longer time survives
  /// longer outages and reports them later. Zero: `retry.max_attempts` decides.
  std::chrono::milliseconds give_up_after{0};
  /// Chunks that may wait while one uploads. 1 lets the encoder work one chunk ahead; more hides
  /// longer stalls of the network and costs a chunk's bytes each.
  std::size_t chunks_ahead = 1;
  /// Bytes that may wait while one chunk uploads; a chunk that is larger waits alone. Zero: no
  /// limit in bytes.
  std::uint64_t max_buffered_bytes = 0;
};

struct STREAMKIT_API UploaderStats {
  std::uint64_t stored_chunks = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t retries = 0;
  /// Chunks in memory: those that wait and the one that is being sent.
  std::uint64_t buffered_chunks = 0;
  std::uint64_t buffered_bytes = 0;
  /// Where the last stored chunk ends on the stream's timeline.
  MediaTime stored_end{0};
  /// Why the latest attempt failed; empty again once a chunk is stored.
  std::optional<Error> last_error = {};
  /// The uploader has given up: `last_error` is the final failure.
  bool failed = false;
};

/// Stores a session's chunks strictly in index order: a chunk is not sent before the one ahead of
/// it is stored, so the stored indices never have a hole. An attempt that fails
/// with a retryable error is repeated as the options say. A failure that outlives the retries, or
/// that no retry can fix, is final: every later call returns it.
/// Owns one thread, joined by the destructor (which abandons what is not stored; call finish()).
/// Thread-safety: submit() and finish() from one thread, stats() from any.
class STREAMKIT_API Uploader {
 public:
  /// `writer` and what `context` points to must outlive the uploader.
  /// Errors: InvalidArgument (session id, retry policy, a negative `give_up_after`).
  static Result<std::unique_ptr<Uploader>> create(ObjectWriter& writer, std::string session_id,
                                                  UploaderOptions options = {},
                                                  Context context = {});
  virtual ~Uploader() = default;

  /// Hands over the next chunk. Blocks while as much waits as the options allow; woken by `stop`.
  /// Errors: InvalidArgument when `chunk.index` is not the next one; Cancelled; the final failure.
  virtual Result<void> submit(Chunk chunk, std::stop_token stop) = 0;
  /// Blocks until all submitted chunks are stored. Errors: the final failure; Cancelled.
  virtual Result<void> finish(std::stop_token stop) = 0;
  [[nodiscard]] virtual UploaderStats stats() const = 0;
};

}  // namespace streamkit

#pragma once

#include <cstdint>
#include <memory>
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
  RetryPolicy retry = {};
  /// Chunks that may wait while one uploads. 1 lets the encoder work one chunk ahead; more hides
  /// longer stalls of the network, costs a chunk's bytes each.
  std::size_t chunks_ahead = 1;
};

struct STREAMKIT_API UploaderStats {
  std::uint64_t stored_chunks = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t retries = 0;
};

/// Stores a session's chunks strictly in index order: a chunk is not sent before the one ahead of
/// it is stored, so the stored indices never have a hole. A failure that outlives the retries, or
/// that no retry can mend, is final: every later call returns it.
/// Owns one thread, joined by the destructor (which abandons what is not stored; call finish()).
/// Thread-safety: submit() and finish() from one thread, stats() from any.
class STREAMKIT_API Uploader {
 public:
  /// `writer` and what `context` points to must outlive the uploader.
  /// Errors: InvalidArgument (session id, retry policy).
  static Result<std::unique_ptr<Uploader>> create(ObjectWriter& writer, std::string session_id,
                                                  UploaderOptions config = {},
                                                  Context context = {});
  virtual ~Uploader() = default;

  /// Hands over the next chunk. Blocks while `chunks_ahead` are waiting; woken by `stop`.
  /// Errors: InvalidArgument when `chunk.index` is not the next one; Cancelled; the final failure.
  virtual Result<void> submit(Chunk chunk, std::stop_token stop) = 0;
  /// Blocks until all submitted chunks are stored. Errors: the final failure; Cancelled.
  virtual Result<void> finish(std::stop_token stop) = 0;
  [[nodiscard]] virtual UploaderStats stats() const = 0;
};

}  // namespace streamkit

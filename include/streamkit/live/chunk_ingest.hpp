#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>

namespace streamkit::live {

/// The handling of a chunk whose session is not in the store.
enum class UnknownSession {
  Reject,  ///< NotFound. The chunk's job has already been sent.
  Accept   ///< The chunk is sent to the workers and not recorded.
};

/// Ingests chunks: stores the object, then sends its job, then records the chunk. A recorded chunk
/// therefore has its job. A chunk that is stored but not recorded is found by reconcile(). Each
/// step can be repeated: ingesting the same chunk again has no further effect.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ChunkIngest {
 public:
  /// Events name the objects' `bucket`. The arguments passed by reference and the targets of
  /// `context` must outlive this object.
  ChunkIngest(ObjectStore& objects, StreamRecords& records, JobSender& jobs, std::string bucket,
              Context context)
      : objects_(objects),
        records_(records),
        jobs_(jobs),
        bucket_(std::move(bucket)),
        context_(std::move(context)) {}

  /// Stores a chunk and commits it. Blocks until it is durable; `stop` ends the write early.
  /// Errors: NotFound (unknown session); those of ObjectStore::put() and of the other stores.
  Result<void> put(const StreamInputKey& key, std::span<const std::uint8_t> bytes,
                   std::stop_token stop);
  /// Enqueues and records an object that is already stored. `object.modified` is the time of the
  /// event and restarts the session's idle timer. Chunks of sessions and of batch jobs are sent to
  /// the workers; any other object is ignored.
  /// Errors: NotFound (unknown session, if `unknown` is Reject); those of the stores.
  Result<void> commit(const ObjectInfo& object, UnknownSession unknown = UnknownSession::Reject);

 private:
  Result<void> announce(const ObjectInfo& object, const StreamInputKey* chunk,
                        UnknownSession unknown);

  ObjectStore& objects_;
  StreamRecords& records_;
  JobSender& jobs_;
  const std::string bucket_;
  const Context context_;
};

}  // namespace streamkit::live

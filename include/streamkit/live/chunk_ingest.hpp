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

/// What ChunkIngest does with a chunk of a session that the store does not know.
enum class UnknownSession {
  Reject,  ///< NotFound. The chunk's job has been sent nevertheless.
  Accept   ///< The chunk is sent to the workers and not recorded.
};

/// Takes chunks in: an object is stored, then its job is in the queue, then the chunk is recorded.
/// A recorded chunk therefore has its job, and a chunk that is stored but not recorded is what
/// reconcile() looks for. Each step can be repeated: taking the same chunk in again changes nothing
/// that was done.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ChunkIngest {
 public:
  /// Events name the objects' `bucket`. What is passed by reference and what `context` points to
  /// must outlive this.
  ChunkIngest(ObjectStore& objects, StreamRecords& records, JobSender& jobs, std::string bucket,
              Context context)
      : objects_(objects),
        records_(records),
        jobs_(jobs),
        bucket_(std::move(bucket)),
        context_(std::move(context)) {}

  /// Stores a chunk and commits it. Blocks until it is durable; `stop` ends the storing early.
  /// Errors: NotFound (unknown session); those of ObjectStore::put() and of the other stores.
  Result<void> put(const StreamInputKey& key, std::span<const std::uint8_t> bytes,
                   std::stop_token stop);
  /// Enqueues and records an object that is stored already. `object.modified` is the time of the
  /// event and the session's last sign of life. Chunks of sessions and of batch jobs are sent to
  /// the workers; any other object is ignored.
  /// Errors: NotFound (unknown session, if that is rejected); those of the stores.
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

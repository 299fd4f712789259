#pragma once

#include <chrono>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <streamkit/worker/chunk_converter.hpp>

namespace streamkit::worker {

struct STREAMKIT_API WorkerOptions {
  /// Conversions that run concurrently. Each uses several threads already: more pays off on many
  /// cores and costs the memory of one conversion each.
  int concurrency = 1;
  /// Chunks of one session that are converted concurrently, by all workers of the queue together.
  /// More than 1 lets a session keep up whose chunks take longer than they last; it costs
  /// steadiness where chunks meet, because depth continues from the chunk before. 0: no limit. A
  /// queue without groups ignores it.
  int per_session = 1;
  /// How long a job stays hidden without a sign of life, which the worker gives three times in this
  /// time; then another worker gets it. A longer time tolerates slower stores and delays the work
  /// of a worker that died. LocalDatabase sees that a process died, and does not wait for this.
  std::chrono::milliseconds visibility{10'000};
  /// Stream messages are dropped, counted and logged when this is false.
  bool streaming_enabled = true;
  /// The kind of segment that a chunk becomes when nothing fails and its session does not choose
  /// where depth comes from; Flat for a worker without depth.
  SegmentKind kind = SegmentKind::Converted;
  /// If false, sessions cannot choose where depth comes from: all segments are of `kind`, and a
  /// session that chose something else is logged once.
  bool depth_is_choosable = true;
  /// Failed conversions of one chunk before a substitute takes its place, and the delays between
  /// them.
  RetryPolicy retry = {.max_attempts = 3};
};

/// Converts the stored chunks of streams into segments: takes jobs (S3 events) from the queue,
/// reads each chunk from `input`, stores its segment in `output` and records it. The stream never
/// has a hole: a chunk that cannot be converted becomes a flat segment, one that cannot be decoded
/// a black one. A job may be delivered any number of times; a segment that is recorded is left
/// unchanged. Works on `concurrency` threads of its own from construction to destruction. The
/// destructor abandons conversions in flight, offers their jobs again immediately and joins the
/// threads.
class STREAMKIT_API Worker {
 public:
  /// The references and what `context` points to must outlive the worker. `input` and `output` may
  /// be the same store.
  Worker(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
         StreamRecords& records, ChunkConverter& converter, WorkerOptions options = {},
         Context context = {});
  ~Worker();
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace streamkit::worker

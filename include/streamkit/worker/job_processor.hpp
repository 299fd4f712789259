#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string_view>

#include <streamkit/worker/segment_converter.hpp>

namespace streamkit::worker {

/// The label "outcome" of `streamkit_chunks_total`, as in "converted".
STREAMKIT_API [[nodiscard]] std::string_view outcome_label(SegmentKind kind) noexcept;

struct STREAMKIT_API JobProcessorConfig {
  /// Stream messages are dropped, counted and logged when this is false.
  bool streaming_enabled = true;
  /// What a chunk becomes when all goes well; Flat for a worker without depth.
  SegmentKind kind = SegmentKind::Converted;
  /// Failed conversions of one chunk before its segment is filled in; the delay between them.
  RetryPolicy retry = {.max_attempts = 3};
};

struct STREAMKIT_API JobProcessorStats {
  std::uint64_t converted = 0;
  std::uint64_t flat = 0;
  std::uint64_t filler = 0;
  std::uint64_t failed_attempts = 0;
};

/// What is to be done with a job after processing.
struct STREAMKIT_API Verdict {
  enum class Action { Complete, Retry, Bury } action = Action::Complete;
  std::chrono::milliseconds delay{0};
  std::string reason = {};
};

/// Makes of each job, an S3 event, what the contract asks: a stream chunk becomes a segment of the
/// same index, stored and recorded. A segment that is recorded already is left as it is, so a job
/// may come any number of times. A chunk that cannot be converted becomes a flat segment, one that
/// cannot be decoded a filler: the stream never has a hole. A chunk that has its place behind the
/// one before waits for that as long as it takes, if it is stored.
/// Depth and views go on from the state that the segment before left beside it, and leave their
/// own; a state that is missing or of no use costs steadiness at the seam and nothing else.
/// Thread-safety: process() may run in parallel.
class STREAMKIT_API JobProcessor {
 public:
  JobProcessor(ObjectStore& input, ObjectStore& output, SessionStore& sessions,
               StreamRecords& records, SegmentConverter converter, JobProcessorConfig config,
               Context context)
      : input_(input),
        output_(output),
        sessions_(sessions),
        records_(records),
        converter_(std::move(converter)),
        config_(config),
        context_(context) {}

  /// Calls `keep_alive` at least once per picture.
  Verdict process(const Job& job, const std::function<void()>& keep_alive, std::stop_token stop);
  [[nodiscard]] JobProcessorStats stats() const;

 private:
  Verdict process_chunk(const StreamInputKey& key, const std::function<void()>& keep_alive,
                        std::stop_token stop);
  Result<SegmentPlace> place_of(const StreamInputKey& key, const Session& session);
  bool is_neighbour_coming(const StreamInputKey& key, const SegmentPlace& place,
                           std::stop_token stop);
  Result<SegmentPlace> await_neighbour(const StreamInputKey& key, const Session& session,
                                       const std::function<void()>& keep_alive,
                                       std::stop_token stop);
  Result<Segment> substitute(Bytes chunk, const StreamInputKey& key, StereoMode mode,
                             const SegmentPlace& place, const ConversionHooks& hooks,
                             std::stop_token stop);
  std::optional<MediaInfo> stored_neighbour(const StreamInputKey& key, std::stop_token stop);
  Bytes state_before(const StreamInputKey& key, std::stop_token stop);
  void store_state(const StreamInputKey& key, const Segment& segment, std::stop_token stop);
  Result<void> store(const StreamInputKey& key, const Segment& segment, std::stop_token stop);
  // The context whose lines name the chunk.
  [[nodiscard]] Context about(const StreamInputKey& key) const;
  Verdict after_failure(const StreamInputKey& key, const Error& error);
  int count_failure(const StreamInputKey& key);
  void forget_failures(const StreamInputKey& key);

  ObjectStore& input_;
  ObjectStore& output_;
  SessionStore& sessions_;
  StreamRecords& records_;
  const SegmentConverter converter_;
  const JobProcessorConfig config_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, int> failures_;  // by key, until the chunk is done
  JobProcessorStats stats_;
};

}  // namespace streamkit::worker

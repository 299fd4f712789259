#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <streamkit/worker/chunk_converter.hpp>
#include <string>

namespace streamkit::worker {

struct ProcessingOptions {
  /// If false, stream messages are dropped, counted and logged.
  bool streaming_enabled = true;
  /// The kind of segment that a chunk becomes without failures, if its session does not choose
  /// where depth comes from; Flat for a worker without depth.
  SegmentKind kind = SegmentKind::Converted;
  /// If false, all segments are of `kind`, whatever a session chooses.
  bool depth_is_choosable = true;
  /// The number of failed conversions of one chunk before a substitute is stored, and the delay
  /// between them.
  RetryPolicy retry = {.max_attempts = 3};
};

struct JobProcessorStats {
  std::uint64_t converted = 0;
  std::uint64_t flat = 0;
  std::uint64_t filler = 0;
  std::uint64_t failed_attempts = 0;
};

/// What to do with a job after processing.
struct Verdict {
  enum class Action { Complete, Retry, DeadLetter } action = Action::Complete;
  std::chrono::milliseconds delay{0};
  std::string reason = {};
};

/// Turns stored chunks into segments. Each job is an S3 event; a stream chunk named by it becomes a
/// segment of the same index, which is stored and recorded. A segment that is recorded already is
/// left unchanged, so a job may be delivered any number of times. A chunk that cannot be converted
/// becomes a flat segment, one that cannot be decoded, or that exceeds the converter's resource
/// policy, a filler: the stream never has a hole. A chunk during whose conversion a process ended
/// or exceeded its limits, or the worker died again and again, is not decoded once more: a black
/// filler takes its place. A chunk whose place depends on the
/// segment before waits for that segment, provided that its chunk is stored. Depth and views
/// continue from the state that the segment before left beside it, and leave their own; a state
/// that is missing or unusable costs steadiness at the seam and nothing else. Thread-safety:
/// process() may run concurrently.
class JobProcessor {
 public:
  JobProcessor(ObjectStore& input, ObjectStore& output, SessionStore& sessions,
               StreamRecords& records, ChunkConverter& converter, ProcessingOptions options,
               Context context)
      : input_(input),
        output_(output),
        sessions_(sessions),
        records_(records),
        converter_(converter),
        options_(options),
        context_(context) {}

  /// Calls `keep_alive` at least once per frame.
  Verdict process(const Job& job, const std::function<void()>& keep_alive, std::stop_token stop);
  [[nodiscard]] JobProcessorStats stats() const;

 private:
  // A chunk that is being converted.
  struct Task {
    const StreamInputKey& key;
    const Session& session;
    const std::function<void()>& keep_alive;
    std::stop_token stop;
    const Job& job;
  };
  // The segment to store, if any, and the verdict on the job afterwards.
  struct Product {
    std::optional<Segment> segment;
    Verdict verdict;
  };

  Verdict process_event(const Job& job, const std::function<void()>& keep_alive,
                        std::stop_token stop);
  Verdict process_chunk(const StreamInputKey& key, const Job& job,
                        const std::function<void()>& keep_alive, std::stop_token stop);
  Result<Session> find_session(const StreamInputKey& key);
  bool is_recorded(const StreamInputKey& key);
  Product produce(const Task& task, Bytes chunk);
  Product replace_failed(const Task& task, Bytes chunk, const SegmentPlace& place,
                         const Error& failure);
  Product replace_refused(const Task& task, const SegmentPlace& place, const Bytes& chunk,
                          const Error& reason);
  ConversionHooks hooks_of(const Task& task);
  Result<SegmentPlace> place_of(const StreamInputKey& key, const Session& session);
  bool is_neighbour_coming(const Task& task, const SegmentPlace& place);
  Result<SegmentPlace> await_neighbour(const Task& task);
  Result<Segment> substitute(const Task& task, Bytes chunk, const SegmentPlace& place);
  Result<Segment> fill_undecoded(const Task& task, const SegmentPlace& place);
  Result<Segment> fill(const Task& task, const SegmentPlace& place, const Bytes& chunk,
                       Bytes sound);
  [[nodiscard]] SegmentKind kind_of(const Session& session) const;
  void note_defects(const StreamInputKey& key, const Segment& segment);
  void note_depth(const Task& task, const Segment& segment);
  std::optional<StreamFormat> stream_format(const Task& task);
  std::optional<StreamFormat> known_format(const Task& task);
  std::optional<StreamFormat> stored_format(const StreamInputKey& key, std::stop_token stop);
  Bytes segment_before(const StreamInputKey& key, std::stop_token stop);
  Bytes state_before(const StreamInputKey& key, std::stop_token stop);
  void store_state(const StreamInputKey& key, const Segment& segment, std::stop_token stop);
  Result<void> store(const StreamInputKey& key, const Segment& segment, std::stop_token stop);
  // Returns a context whose log lines name the chunk.
  [[nodiscard]] Context about(const StreamInputKey& key) const;
  Verdict after_failure(const StreamInputKey& key, const Error& error);
  Verdict after_failed_filler(const StreamInputKey& key, Error error);
  int count_failure(const StreamInputKey& key);
  void forget_failures(const StreamInputKey& key);

  ObjectStore& input_;
  ObjectStore& output_;
  SessionStore& sessions_;
  StreamRecords& records_;
  ChunkConverter& converter_;
  const ProcessingOptions options_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, int> failures_;          // by key, until the chunk is done
  std::map<std::string, StreamFormat> formats_;  // by session
  std::set<std::string> depth_noted_;            // sessions
  JobProcessorStats stats_;
};

}  // namespace streamkit::worker

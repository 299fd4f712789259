#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// The place of a job among jobs that are worked on in order, such as those of one session. It is
/// what a message group is to a FIFO queue of Amazon SQS.
struct STREAMKIT_API JobGroup {
  /// Empty: the job belongs to no group and waits for no other job.
  std::string id = {};
  /// Jobs of a group are delivered in the order of their index, as far as they have been sent.
  std::uint64_t index = 0;
  friend bool operator==(const JobGroup&, const JobGroup&) = default;
};

/// One delivery of a message.
struct STREAMKIT_API Job {
  /// Names this delivery in complete(), retry(), extend() and dead_letter().
  std::string receipt;
  std::string body;
  /// 1 for the first delivery.
  int attempt = 1;
  /// The number of earlier deliveries that ended without a verdict: their receiver neither
  /// completed, retried nor dead-lettered the job, for instance because the job crashed it. Always
  /// 0 for a queue that does not count them.
  int lost_deliveries = 0;
};

struct STREAMKIT_API QueueDepth {
  std::uint64_t waiting = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t dead = 0;
};

/// The sending side of a queue, for producers.
/// Thread-safety: every method may be called from any thread, and for a queue on disk from any
/// process, concurrently.
class STREAMKIT_API JobSender {
 public:
  virtual ~JobSender() = default;

  /// Adds a job. It is durable when the call returns. Errors: Unavailable, ResourceExhausted.
  virtual Result<void> send(std::string_view body) = 0;
  /// Adds a job of a group, otherwise as send(). A queue without groups sends it as any other job:
  /// that is what the default does.
  virtual Result<void> send_in_group(std::string_view body, const JobGroup& group) {
    (void)group;
    return send(body);
  }
};

struct STREAMKIT_API ReceiveOptions {
  /// How long the job is hidden.
  std::chrono::milliseconds visibility{10'000};
  /// How long the call waits for a job.
  std::chrono::milliseconds wait{0};
  /// The number of jobs of one group that may be in flight, with all receivers together, for
  /// another one to be delivered. 0: no limit.
  int per_group = 1;
};

/// Jobs with at-least-once delivery. A delivered job is hidden from others until its visibility
/// ends; then it is delivered again with a higher `attempt`.
///
/// Jobs without a group come in no particular order. In a queue with groups:
/// - the groups take turns: the next job is of the group that was served the longest time ago. All
///   jobs without a group count as one group here, which has no limit in flight;
/// - a group's jobs come in the order of their index. While the first one that is not in flight
///   waits for its retry(), the group is left out, and so it is while it has its share in flight.
class STREAMKIT_API JobQueue : public JobSender {
 public:
  /// Returns the next job and hides it for `visibility`. Blocks up to `wait`; the result is empty
  /// when no job arrived or `stop` was requested. Errors: Unavailable.
  virtual Result<std::optional<Job>> receive(std::chrono::milliseconds visibility,
                                             std::chrono::milliseconds wait,
                                             std::stop_token stop) = 0;
  /// As receive(), with a limit for each group. The default, for a queue without groups, ignores
  /// the limit.
  virtual Result<std::optional<Job>> receive_with(const ReceiveOptions& options,
                                                  std::stop_token stop) {
    return receive(options.visibility, options.wait, std::move(stop));
  }
  /// Marks the job as done: it is never delivered again. A job of the same group with the next
  /// index that waits for its retry() becomes due. Errors: NotFound when the receipt has expired,
  /// that is, when the job was delivered again meanwhile.
  virtual Result<void> complete(const Job& job) = 0;
  /// Delivers the job again after `delay`. Errors: as complete().
  virtual Result<void> retry(const Job& job, std::chrono::milliseconds delay) = 0;
  /// Hides the job for another `visibility` from now. Errors: as complete(); a queue that counts
  /// lost deliveries also returns NotFound after retry().
  virtual Result<void> extend(const Job& job, std::chrono::milliseconds visibility) = 0;
  /// Moves the job to the dead-letter queue with the reason. Errors: as complete().
  virtual Result<void> dead_letter(const Job& job, std::string_view reason) = 0;
  /// The former name of dead_letter().
  [[deprecated("use dead_letter()")]] Result<void> bury(const Job& job, std::string_view reason) {
    return dead_letter(job, reason);
  }
  /// Counts all jobs, which may take time that grows with their number.
  virtual Result<QueueDepth> depth() = 0;
  /// Succeeds if the queue can be used now, at a cost that does not grow with the number of jobs.
  /// The default counts them. Errors: Unavailable.
  virtual Result<void> check() {
    const auto counted = depth();
    return counted ? Result<void>() : counted.error();
  }
};

}  // namespace streamkit

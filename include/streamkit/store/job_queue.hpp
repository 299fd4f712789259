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

/// One delivery of a message.
struct STREAMKIT_API Job {
  /// Names this delivery in complete(), retry(), extend() and dead_letter().
  std::string receipt;
  std::string body;
  /// 1 for the first delivery.
  int attempt = 1;
  /// How many earlier deliveries ended without a verdict: neither completed, retried nor
  /// dead-lettered, because the worker died.
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
};

/// Jobs with at-least-once delivery in no particular order. A delivered job is hidden from others
/// until its visibility ends; then it is delivered again with a higher `attempt`.
class STREAMKIT_API JobQueue : public JobSender {
 public:
  /// Returns the next job and hides it for `visibility`. Blocks up to `wait`; the result is empty
  /// when no job arrived or `stop` was requested. Errors: Unavailable.
  virtual Result<std::optional<Job>> receive(std::chrono::milliseconds visibility,
                                             std::chrono::milliseconds wait,
                                             std::stop_token stop) = 0;
  /// Marks the job as done: it is never delivered again. Errors: NotFound when the receipt has
  /// expired, that is, when the job was delivered again meanwhile.
  virtual Result<void> complete(const Job& job) = 0;
  /// Delivers the job again after `delay`. Errors: as complete().
  virtual Result<void> retry(const Job& job, std::chrono::milliseconds delay) = 0;
  /// Hides the job for another `visibility` from now. Errors: as complete().
  virtual Result<void> extend(const Job& job, std::chrono::milliseconds visibility) = 0;
  /// Moves the job to the dead-letter queue with the reason. Errors: as complete().
  virtual Result<void> dead_letter(const Job& job, std::string_view reason) = 0;
  /// The former name of dead_letter().
  [[deprecated("use dead_letter()")]] Result<void> bury(const Job& job, std::string_view reason) {
    return dead_letter(job, reason);
  }
  virtual Result<QueueDepth> depth() = 0;
};

}  // namespace streamkit

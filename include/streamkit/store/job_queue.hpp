#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// One delivery of a message.
struct STREAMKIT_API Job {
  /// Names this delivery in complete(), retry(), extend() and bury().
  std::string receipt;
  std::string body;
  /// 1 for the first delivery.
  int attempt = 1;
};

struct STREAMKIT_API QueueDepth {
  std::uint64_t waiting = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t dead = 0;
};

/// A dead letter: a job that was given up.
struct STREAMKIT_API DeadJob {
  /// Names it in revive() and purge().
  std::string id;
  std::string body;
  std::string reason;
  /// That of its last delivery.
  int attempt = 0;
};

/// At-least-once delivery in no promised order. A delivered job is hidden from others until its
/// visibility ends; then it is delivered again with a higher `attempt`.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, at once.
class STREAMKIT_API JobQueue {
 public:
  virtual ~JobQueue() = default;

  /// Durable when it returns. Errors: Unavailable, ResourceExhausted.
  virtual Result<void> send(std::string_view body) = 0;
  /// The next job, hidden for `visibility`. Blocks up to `wait` for one; empty when none came or
  /// `stop` was requested. Errors: Unavailable.
  virtual Result<std::optional<Job>> receive(std::chrono::milliseconds visibility,
                                             std::chrono::milliseconds wait,
                                             std::stop_token stop) = 0;
  /// Done: never delivered again. Errors: NotFound when the receipt has lapsed, that is when the
  /// job was delivered again meanwhile.
  virtual Result<void> complete(const Job& job) = 0;
  /// Delivered again after `delay`. Errors: as complete().
  virtual Result<void> retry(const Job& job, std::chrono::milliseconds delay) = 0;
  /// Hidden for another `visibility` from now. Errors: as complete().
  virtual Result<void> extend(const Job& job, std::chrono::milliseconds visibility) = 0;
  /// Moves the job to the dead letters with the reason. Errors: as complete().
  virtual Result<void> bury(const Job& job, std::string_view reason) = 0;
  virtual Result<QueueDepth> depth() = 0;

  /// Dead letters in an order of their own, which stays; those behind the one with the id `after`,
  /// which may be gone meanwhile, or from the first when that is empty; `limit` at most.
  /// Errors: InvalidArgument (`after` is no id).
  virtual Result<std::vector<DeadJob>> dead(std::string_view after, std::size_t limit) = 0;
  /// Puts a dead letter back into the queue as a new job. Errors: NotFound.
  virtual Result<void> revive(std::string_view id) = 0;
  /// Forgets a dead letter. Errors: NotFound.
  virtual Result<void> purge(std::string_view id) = 0;
};

}  // namespace streamkit

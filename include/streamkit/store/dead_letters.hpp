#pragma once

#include <cstddef>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// A job in the dead-letter queue.
struct STREAMKIT_API DeadJob {
  /// Identifies the job in DeadLetters::revive() and purge().
  std::string id;
  std::string body;
  std::string reason;
  /// The attempt number of its last delivery.
  int attempt = 0;
};

/// The dead-letter queue of a JobQueue, for operators.
/// Thread-safety: every method may be called from any thread, and for a queue on disk from any
/// process, concurrently. All can fail with Unavailable (try again).
class STREAMKIT_API DeadLetters {
 public:
  virtual ~DeadLetters() = default;

  /// Returns at most `limit` dead letters in a stable order: those after the one with the id
  /// `after`, which may have been removed meanwhile, or from the first when `after` is empty.
  /// Errors: InvalidArgument (`after` is not an id).
  virtual Result<std::vector<DeadJob>> list(std::string_view after, std::size_t limit) = 0;
  /// Moves a dead letter back into the queue, as a new job. Errors: NotFound.
  virtual Result<void> revive(std::string_view id) = 0;
  /// Deletes a dead letter. Errors: NotFound.
  virtual Result<void> purge(std::string_view id) = 0;
};

}  // namespace streamkit

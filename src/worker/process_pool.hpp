#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/core/result.hpp>
#include <thread>
#include <vector>

#include "worker/conversion_process.hpp"

namespace streamkit::worker {

/// Processes that are started ahead. A thread of its own starts them, because the kernel ends a
/// child when the thread that started it ends.
/// Thread-safety: every method may be called from any thread, concurrently.
class ProcessPool {
 public:
  explicit ProcessPool(IsolationOptions options);
  ~ProcessPool();
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  /// Returns a process that is ready. Blocks while all of them are in use or `stop` is requested.
  /// Errors: Unavailable (none can be started); those of its start; Cancelled.
  Result<std::unique_ptr<ConversionProcess>> take(const std::function<void()>& keep_alive,
                                                  const std::stop_token& stop);
  /// Takes back a process that replied. It is replaced if it has converted long enough.
  void give_back(std::unique_ptr<ConversionProcess> process);
  /// Ends a process and replaces it.
  void discard(std::unique_ptr<ConversionProcess> process);
  /// Returns what the sandbox of the processes lacks, as the last one that was taken reported it.
  [[nodiscard]] std::string sandbox_lacks() const;

 private:
  void keep(const std::stop_token& stop);
  Result<std::unique_ptr<ConversionProcess>> take_started(const std::function<void()>& keep_alive,
                                                          const std::stop_token& stop);

  const IsolationOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::vector<std::unique_ptr<ConversionProcess>> idle_;
  int missing_;
  std::optional<Error> start_failure_;
  std::string sandbox_lacks_;

  std::jthread keeper_;  // last, because the thread uses all of the above
};

}  // namespace streamkit::worker

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "local/life_lock.hpp"
#include "local/sqlite_connection.hpp"

namespace streamkit::local {

/// Knows who holds the jobs in flight, and takes the jobs of receivers that ended. Each receiver, a
/// database of a process, has a number and holds the lock of that number.
/// Thread-safety: every method may be called from any thread.
class JobReceivers {
 public:
  /// The connections must outlive this object.
  JobReceivers(SqliteConnection& writer, SqliteConnection& reader, std::filesystem::path lock_file,
               Context context)
      : writer_(writer), reader_(reader), lock_file_(std::move(lock_file)), context_(context) {}

  /// Makes the jobs ready that receivers held when they ended. Looks for them at most every 200 ms;
  /// does nothing in between.
  Result<void> release_lost_jobs();
  /// The number of this receiver. 0 if it has no lock: its jobs come back by their visibility only.
  [[nodiscard]] std::int64_t own() const;

 private:
  Result<void> enter();
  Result<std::vector<std::int64_t>> find_ended();
  Result<void> release_jobs_of(std::int64_t receiver);

  SqliteConnection& writer_;
  SqliteConnection& reader_;
  const std::filesystem::path lock_file_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::optional<LifeLock> lock_;
  bool entered_ = false;
  std::optional<std::chrono::steady_clock::time_point> next_look_;
};

}  // namespace streamkit::local

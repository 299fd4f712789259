#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/store/dead_letters.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <utility>

#include "local/job_receivers.hpp"
#include "local/sqlite_connection.hpp"

namespace streamkit::local {

/// Wakes threads that wait on a Clock.
/// Thread-safety: every method from any thread.
class Doorbell {
 public:
  /// Returns a token on which a stop is requested at the next ring. Take it before checking the
  /// condition, and wait with it afterwards.
  [[nodiscard]] std::stop_token next_ring() const {
    std::lock_guard lock(mutex_);
    return ring_.get_token();
  }
  void ring() {
    std::stop_source rung;
    {
      std::lock_guard lock(mutex_);
      std::swap(rung, ring_);
    }
    rung.request_stop();
  }

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::stop_source ring_;
};

/// Holds what all stores of one LocalDatabase share. There are two connections, because in
/// write-ahead mode a reader never waits for a writer's sync to disk.
struct SqliteDatabase {
  SqliteDatabase(std::unique_ptr<SqliteConnection> writer_connection,
                 std::unique_ptr<SqliteConnection> reader_connection, Context its_context,
                 std::filesystem::path lock_file)
      : writer(std::move(writer_connection)),
        reader(std::move(reader_connection)),
        context(its_context),
        receivers(*writer, *reader, std::move(lock_file), its_context) {}

  const std::unique_ptr<SqliteConnection> writer;
  const std::unique_ptr<SqliteConnection> reader;
  const Context context;
  JobReceivers receivers;
  Doorbell job_sent;
  Doorbell session_changed;

  /// Blocks until `deadline`, a ring or a stop request.
  void wait_until(std::chrono::steady_clock::time_point deadline, const std::stop_token& ring,
                  const std::stop_token& stop) const {
    std::stop_source either;
    std::stop_callback on_ring(ring, [&] { either.request_stop(); });
    std::stop_callback on_stop(stop, [&] { either.request_stop(); });
    context.clock_or_system().wait_until(deadline, either.get_token());
  }
};

/// Longer than any sensible wait or delay; adding it to a time does not overflow.
inline constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 365 * 10);

/// The interval at which a waiting call checks for changes by other processes.
inline constexpr std::chrono::milliseconds kPollInterval{50};

[[nodiscard]] std::unique_ptr<SessionStore> make_session_store(
    std::shared_ptr<SqliteDatabase> database);
[[nodiscard]] std::unique_ptr<StreamRecords> make_stream_records(
    std::shared_ptr<SqliteDatabase> database);
[[nodiscard]] std::unique_ptr<SessionMaintenance> make_session_maintenance(
    std::shared_ptr<SqliteDatabase> database);
[[nodiscard]] std::unique_ptr<LiveStreamStore> make_live_stream_store(
    std::shared_ptr<SqliteDatabase> database);
[[nodiscard]] std::unique_ptr<JobQueue> make_job_queue(std::shared_ptr<SqliteDatabase> database);
[[nodiscard]] std::unique_ptr<DeadLetters> make_dead_letters(
    std::shared_ptr<SqliteDatabase> database);

}  // namespace streamkit::local

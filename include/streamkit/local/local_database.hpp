#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/dead_letters.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>

namespace streamkit::local {

struct SqliteDatabase;

/// Holds sessions, live streams and jobs in one SQLite file. Several objects, of several processes
/// on one machine, may use the same file concurrently; it must be on a local file system. The file
/// contains credentials, so it is created readable by its owner only.
///
/// What a store's call reports as done survives a power cut (one disk sync each; SQLite's
/// write-ahead log with synchronous=FULL). A call waits up to 5 seconds for another process that is
/// writing, then fails with Unavailable.
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API LocalDatabase {
 public:
  /// Opens the database. Creates the file and its folder if missing. The pointers in `context` must
  /// outlive the database and all stores created from it.
  /// Errors: PermissionDenied; CorruptData (not a database, or a damaged one); Unsupported (written
  /// by a newer version, or by another program); Unavailable; ResourceExhausted. The message names
  /// the path.
  static Result<LocalDatabase> open(const std::filesystem::path& path, Context context = {});

  /// Each returns a new port over this database, which may outlive this object.
  [[nodiscard]] std::unique_ptr<SessionStore> session_store() const;
  [[nodiscard]] std::unique_ptr<StreamRecords> stream_records() const;
  [[nodiscard]] std::unique_ptr<SessionMaintenance> session_maintenance() const;
  [[nodiscard]] std::unique_ptr<LiveStreamStore> live_stream_store() const;
  [[nodiscard]] std::unique_ptr<DeadLetters> dead_letters() const;

  /// Returns a new JobQueue over this database, which may outlive this object.
  ///
  /// Of the jobs that are due, the one sent first is delivered first. Due times are those of the
  /// steady clock, which all processes of a machine share, so that a changed time of day delays no
  /// job; after a restart of the machine all jobs are due. A waiting receive() gets a job
  /// immediately if this database object sent it, or within 50 ms if another process did.
  [[nodiscard]] std::unique_ptr<JobQueue> job_queue() const;

  /// Returns whether no session, live stream or job was ever stored in it. Errors: Unavailable.
  Result<bool> is_unused() const;

 private:
  explicit LocalDatabase(std::shared_ptr<SqliteDatabase> database);

  std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace streamkit::local

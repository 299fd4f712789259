#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/manifest.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <streamkit/live/manifest_snapshot.hpp>

namespace streamkit::live {

/// Creates the manifest of a session, without segments yet. Called from any thread.
using ManifestFactory = std::function<std::unique_ptr<ManifestWriter>(const Session&)>;
/// The manifests of a session by their names, as in "playlist.m3u8".
using ManifestFactories = std::map<std::string, ManifestFactory, std::less<>>;

struct STREAMKIT_API ManifestServiceOptions {
  /// The number of sessions kept in memory; a new session replaces the least recently used one. A
  /// session costs twice the text of each of its manifests: for a playlist, 150 kB per hour.
  std::size_t max_sessions = 1024;
  /// While the store fails, find() returns the manifests in memory for this time; then it fails
  /// too.
  std::chrono::milliseconds stale_limit{5000};
  /// Expired sessions are not found, even before they are removed. Empty: sessions do not expire.
  std::function<bool(const Session&, WallTime now)> is_expired = {};
  /// Called with the id of a session that is in memory and has changed or was removed, on the
  /// thread that detects it. Empty: no call.
  std::function<void(std::string_view session_id)> on_change = {};
};

/// The manifests of sessions, kept in memory. A requested session is read once; from then on the
/// service follows the changes that the store reports. The number of requests does not matter.
/// Thread-safety: every method may be called from any thread, concurrently, except where noted.
class STREAMKIT_API ManifestService {
 public:
  using SnapshotPtr = std::shared_ptr<const ManifestSnapshot>;

  /// `sessions`, `records` and the targets of `context` must outlive the service.
  ManifestService(SessionStore& sessions, StreamRecords& records, ManifestFactories factories,
                  ManifestServiceOptions options, Context context);
  /// Calls stop().
  ~ManifestService();

  /// Follows the store's changes on its own thread until stop().
  void start();
  /// Joins the thread, which then no longer calls on_change. Must not run concurrently with
  /// start().
  void stop();

  /// Returns the manifest `name` of the session, from memory or, blocking, from the store. One read
  /// serves all concurrent callers. Errors: NotFound (session unknown or expired, unknown name);
  /// Unavailable.
  Result<SnapshotPtr> find(std::string_view session_id, std::string_view name);
  /// Waits up to `wait` for changes in the store and reads the changed sessions. The thread of
  /// start() calls it in a loop. One thread at a time. Errors: those of StreamRecords::changes().
  Result<void> update(std::chrono::milliseconds wait, std::stop_token stop);
  /// Drops a session that was removed from the store.
  void forget(std::string_view session_id);

  /// Returns the number of sessions in memory.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Manifest;
  struct Entry;
  struct Load;
  using EntryPtr = std::shared_ptr<Entry>;
  // One for each name, in the order of the names.
  using Snapshots = std::vector<SnapshotPtr>;

  [[nodiscard]] std::optional<Result<SnapshotPtr>> find_in_memory(std::string_view session_id,
                                                                  std::size_t place);
  Result<Snapshots> load(const std::string& session_id);
  void insert(const std::string& session_id, const EntryPtr& entry);
  [[nodiscard]] bool is_expired(const Session& session) const;
  enum class Refreshed { Done, Failed, Loading };
  [[nodiscard]] Refreshed refresh_cached(const std::string& session_id);
  Result<Snapshots> read(std::string_view session_id, Entry& entry);
  Result<void> read_segments(const Session& session, Manifest& manifest);
  void note_store(bool works);
  void run(std::stop_token stop);

  SessionStore& sessions_;
  StreamRecords& records_;
  const ManifestFactories factories_;
  const ManifestServiceOptions options_;
  const Context context_;

  // Belong to the thread that calls update().
  std::uint64_t cursor_ = 0;
  std::set<std::string> again_;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, EntryPtr, std::less<>> entries_;
  std::map<std::string, std::shared_ptr<Load>, std::less<>> loads_;
  std::optional<std::chrono::steady_clock::time_point> failing_since_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace streamkit::live

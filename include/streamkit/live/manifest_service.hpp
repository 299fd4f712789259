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
/// The manifests of each session by their names, as in "playlist.m3u8".
using ManifestFactories = std::map<std::string, ManifestFactory, std::less<>>;

struct STREAMKIT_API ManifestServiceOptions {
  /// Sessions kept in memory; the one longest not asked for is dropped for a new one. One costs
  /// the text of each of its manifests twice: a playlist 150 kB an hour.
  std::size_t max_sessions = 1024;
  /// While the store fails, what is in memory is handed out for this long; then find() fails too.
  std::chrono::milliseconds stale_limit{5000};
  /// Expired sessions are not found, even before they are removed. Empty: none expires.
  std::function<bool(const Session&, WallTime now)> is_expired = {};
  /// Called with the id of a session that is in memory and has changed or was removed, on the
  /// thread that notices it. Empty: nobody is called.
  std::function<void(std::string_view session_id)> on_change = {};
};

/// The manifests of sessions, kept in memory. A session that is asked for is read once; from then
/// on the service follows the changes that the store reports, however many ask.
/// Thread-safety: every method may be called from any thread, concurrently, except where noted.
class STREAMKIT_API ManifestService {
 public:
  using SnapshotPtr = std::shared_ptr<const ManifestSnapshot>;

  /// `sessions`, `records` and what `context` points to must outlive the service.
  ManifestService(SessionStore& sessions, StreamRecords& records, ManifestFactories factories,
                  ManifestServiceOptions options, Context context);
  /// Stops.
  ~ManifestService();

  /// Follows the store's changes on a thread of its own until stop().
  void start();
  /// Joins the thread: on_change is not called by it any more. Not concurrently with start().
  void stop();

  /// The manifest `name` of the session, from memory or else from the store, which blocks; one read
  /// serves all who ask meanwhile. Errors: NotFound (session unknown or expired, unknown name);
  /// Unavailable.
  Result<SnapshotPtr> find(std::string_view session_id, std::string_view name);
  /// Waits for changes in the store, at most `wait`, and reads what they concern. What the thread
  /// of start() does again and again; one thread at a time. Errors: those of
  /// StreamRecords::changes().
  Result<void> update(std::chrono::milliseconds wait, std::stop_token stop);
  /// The session was removed from the store.
  void forget(std::string_view session_id);

  /// Sessions in memory.
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

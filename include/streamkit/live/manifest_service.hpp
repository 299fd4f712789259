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
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <string_view>

#include <streamkit/live/manifest_snapshot.hpp>
#include <streamkit/live/segment_urls.hpp>

namespace streamkit::live {

struct STREAMKIT_API PlaylistServiceConfig {
  /// Sessions kept in memory; the one longest not asked for makes room. One costs its playlist's
  /// text twice, 150 kB an hour, and as much again compressed to a tenth.
  std::size_t max_sessions = 1024;
  /// While the store fails, what is in memory is handed out for this long; then find() fails too.
  std::chrono::milliseconds stale_limit{5000};
  /// How playlists name segments; must outlive the service. Null: beside the playlist.
  const SegmentUrls* segment_urls = nullptr;
  /// A session whose time is over is not found, even before it is removed. Empty: none is.
  std::function<bool(const Session&, WallTime now)> is_expired = {};
};

/// Playlists of sessions, kept in memory. A session that is asked for is read once; from then on
/// update() brings it up to date from what the store tells of, however many ask.
/// Thread-safety: every method from any thread at once, except as update() says.
class STREAMKIT_API PlaylistService {
 public:
  using SnapshotPtr = std::shared_ptr<const PlaylistSnapshot>;

  /// `sessions`, `records` and what `context` points to must outlive the service.
  PlaylistService(SessionStore& sessions, StreamRecords& records, PlaylistServiceConfig config,
                  Context context);
  ~PlaylistService();

  /// Called with the id of a session that is in memory and has changed or gone, on the thread that
  /// calls update() or forget(). Set it before either is called.
  void on_change(std::function<void(std::string_view session_id)> changed);

  /// From memory, or else from the store, which blocks; at once for all who ask meanwhile.
  /// Errors: NotFound (unknown or expired); Unavailable.
  [[nodiscard]] Result<SnapshotPtr> find(std::string_view session_id);
  /// Waits for changes in the store, `wait` at most, and reads what they concern. One thread at a
  /// time; see PlaylistWatcher. Errors: those of StreamRecords::changes().
  Result<void> update(std::chrono::milliseconds wait, std::stop_token stop);
  /// The session was removed from the store.
  void forget(std::string_view session_id);

  /// Sessions in memory.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry;
  struct Load;
  using EntryPtr = std::shared_ptr<Entry>;

  [[nodiscard]] std::optional<Result<SnapshotPtr>> find_in_memory(std::string_view session_id);
  [[nodiscard]] Result<SnapshotPtr> load(const std::string& session_id);
  void insert(const std::string& session_id, const EntryPtr& entry);
  [[nodiscard]] bool is_expired(const Session& session) const;
  enum class Refreshed { Done, Failed, Loading };
  [[nodiscard]] Refreshed refresh_cached(const std::string& session_id);
  [[nodiscard]] Result<SnapshotPtr> read(std::string_view session_id, Entry& entry);
  [[nodiscard]] Result<void> read_segments(const Session& session, Entry& entry);
  void note_store(bool works);

  SessionStore& sessions_;
  StreamRecords& records_;
  const PlaylistServiceConfig config_;
  const Context context_;
  std::function<void(std::string_view)> changed_;

  // Belong to the thread that calls update().
  std::uint64_t cursor_ = 0;
  std::set<std::string> again_;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, EntryPtr, std::less<>> entries_;
  std::map<std::string, std::shared_ptr<Load>, std::less<>> loads_;
  std::optional<std::chrono::steady_clock::time_point> failing_since_;
};

}  // namespace streamkit::live

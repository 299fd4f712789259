#pragma once

#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <utility>

namespace streamkit::testing {

class MemoryLiveStreamStore;

/// Sessions, their records and their maintenance in memory. Waits by the clock of the context.
class STREAMKIT_API MemorySessionStore final : public SessionStore,
                                               public StreamRecords,
                                               public SessionMaintenance {
 public:
  explicit MemorySessionStore(Context context = {}) : context_(context) {}

  Result<void> create(const Session& session) override;
  Result<Session> find(std::string_view session_id) override;
  Result<Session> end(std::string_view session_id, WallTime at) override;
  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override;
  Result<std::vector<Session>> list(const SessionQuery& query) override;
  Result<void> mark_input_removed(std::string_view session_id) override;
  Result<void> remove(std::string_view session_id) override;
  Result<SessionCounts> count(WallTime idle_since) override;
  Result<std::size_t> remove_credentials(WallTime expired_before, std::size_t limit) override;
  Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                 std::stop_token stop) override;
  Result<void> add_credentials(const ScopedCredentials& credentials) override;
  Result<ScopedCredentials> find_credentials(std::string_view access_key_id) override;
  Result<void> record_chunk(std::string_view session_id, std::uint64_t index, WallTime at) override;
  Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) override;
  Result<std::vector<SegmentRecord>> segments(std::string_view session_id, std::uint64_t first,
                                              std::size_t limit) override;
  Result<SessionProgress> progress(std::string_view session_id) override;

 private:
  friend class MemoryLiveStreamStore;

  struct Row {
    Session session;
    std::set<std::uint64_t> chunks = {};
    // By index and rendition.
    std::map<std::pair<std::uint64_t, std::string>, SegmentRecord> segments = {};
    SessionProgress progress = {};
    WallTime last_sign_of_life = {};
    bool input_removed = false;
    std::uint64_t changed = 0;
  };

  Result<Row*> row_of(std::string_view session_id);
  void mark_changed(Row& row);
  SessionChanges changes_after(std::uint64_t cursor) const;
  void wake_waiters();
  void end(Row& row, WallTime at);
  // Takes an id for a live stream. Returns false if a session has it.
  bool take_live_id(const std::string& id);
  void release_live_id(std::string_view id);

  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, Row, std::less<>> rows_;
  std::map<std::string, ScopedCredentials, std::less<>> credentials_;
  std::map<std::uint64_t, std::string> changed_;  // ids by Row::changed
  std::set<std::string, std::less<>> live_ids_;
  std::uint64_t changes_ = 0;
  std::stop_source change_;  // requested, and replaced, at each change that others wait for
};

}  // namespace streamkit::testing

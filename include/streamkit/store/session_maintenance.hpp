#pragma once

#include <cstddef>
#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

struct STREAMKIT_API SessionCounts {
  /// Sessions that have not ended.
  std::uint64_t live = 0;
  /// Live sessions without a new chunk since the given time.
  std::uint64_t overdue = 0;
};

enum class SessionState { Live, Ended };

enum class SessionOrder {
  ById,      ///< By rising id.
  ByEndTime  ///< Longest ended first; for ended sessions only.
};

/// Which sessions SessionMaintenance::list() returns, and in which order.
struct STREAMKIT_API SessionQuery {
  SessionState state = SessionState::Live;
  SessionOrder order = SessionOrder::ById;
  /// Sessions whose ids sort after this one: the last id of the page before.
  std::string after_id = {};
  /// Ended sessions: those that ended at this time or later, and before that one.
  WallTime ended_since = WallTime::min();
  WallTime ended_before = WallTime::max();
  /// Ended sessions: leaves out those whose input was removed.
  bool with_input = false;
  std::size_t limit = 1000;
};

/// What keeps a store of sessions tidy: ends idle sessions, finds and removes old ones.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, concurrently. All can fail with Unavailable (try again).
class STREAMKIT_API SessionMaintenance {
 public:
  virtual ~SessionMaintenance() = default;

  /// Ends, as SessionStore::end() does, up to `limit` live sessions whose newest chunk, or else
  /// creation, is older than `idle_since`. A chunk that is recorded meanwhile keeps its session
  /// alive. Returns the sessions that this call ended.
  virtual Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                                std::size_t limit) = 0;
  virtual Result<std::vector<Session>> list(const SessionQuery& query) = 0;
  /// Records that the session's chunks are no longer in the object store. Errors: NotFound.
  virtual Result<void> mark_input_removed(std::string_view session_id) = 0;
  /// Forgets the session, its credentials and records; success when there is none.
  virtual Result<void> remove(std::string_view session_id) = 0;
  virtual Result<SessionCounts> count(WallTime idle_since) = 0;
};

}  // namespace streamkit

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
  /// The number of sessions that have not ended.
  std::uint64_t live = 0;
  /// The number of live sessions without a new chunk since the given time.
  std::uint64_t overdue = 0;
};

enum class SessionState { Live, Ended };

enum class SessionOrder {
  ById,      ///< In ascending order of ids.
  ByEndTime  ///< Longest ended first; for ended sessions only.
};

/// Selects and orders the sessions that SessionMaintenance::list() returns.
struct STREAMKIT_API SessionQuery {
  SessionState state = SessionState::Live;
  SessionOrder order = SessionOrder::ById;
  /// Only sessions whose ids sort after this one: the last id of the previous page.
  std::string after_id = {};
  /// For ended sessions: only those that ended at `ended_since` or later and before `ended_before`.
  WallTime ended_since = WallTime::min();
  WallTime ended_before = WallTime::max();
  /// For ended sessions: only those whose input was not removed.
  bool with_input = false;
  std::size_t limit = 1000;
};

/// Maintains a store of sessions: ends idle sessions, finds and removes old ones.
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
  /// Removes the session, its credentials and its records. Succeeds when it does not exist.
  virtual Result<void> remove(std::string_view session_id) = 0;
  virtual Result<SessionCounts> count(WallTime idle_since) = 0;
  /// Removes up to `limit` credentials that expired before `expired_before`. Returns their number.
  virtual Result<std::size_t> remove_credentials(WallTime expired_before, std::size_t limit) = 0;
};

}  // namespace streamkit

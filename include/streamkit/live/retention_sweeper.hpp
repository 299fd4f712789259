#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <string>
#include <string_view>
#include <thread>

#include <streamkit/live/retention.hpp>

namespace streamkit::live {

/// Functions that the sweeper calls on its own thread. An empty function is not called.
struct STREAMKIT_API SweeperHooks {
  std::function<void(std::string_view session_id)> ended = {};
  /// Called after the session and all its stored data were removed.
  std::function<void(std::string_view session_id)> expired = {};
  /// Removes unfinished uploads in parts that were begun before `before`. A failure is logged and
  /// retried.
  std::function<Result<void>(WallTime before)> remove_unfinished_uploads = {};
};

/// Ends idle sessions and removes expired data and credentials. A session's database rows are
/// removed last, so that the next sweep can complete a removal that a crash interrupted.
///
/// Senders cannot reach their sessions while the server is down or the machine sleeps. The sweeper
/// therefore ends sessions only after `idle_timeout` has passed since its start, or since the time
/// of day jumped ahead.
///
/// Metrics: streamkit_sessions_ended_idle_total, streamkit_sessions_expired_total,
/// streamkit_objects_removed_total, streamkit_credentials_removed_total; streamkit_sessions_live,
/// and streamkit_sessions_overdue, the number of sessions that two sweeps should have ended, which
/// is normally 0. Thread-safety: sweep_once() must not run concurrently with itself or with a
/// running thread.
class STREAMKIT_API SessionSweeper {
 public:
  /// The arguments passed by reference and the targets of `context` must outlive this object.
  /// Precondition: check(config).
  SessionSweeper(ObjectStore& objects, SessionMaintenance& sessions, RetentionOptions config,
                 SweeperHooks hooks, Context context);

  /// Sweeps periodically on its own thread until this object is destroyed.
  void start();
  /// Performs one sweep on the calling thread. A store's failure is logged once and retried by the
  /// next sweep.
  void sweep_once(std::stop_token stop = {});

 private:
  [[nodiscard]] bool may_end_sessions();
  void end_idle_sessions(const std::stop_token& stop);
  void count_sessions();
  void remove_inputs(const std::stop_token& stop);
  void remove_expired(const std::stop_token& stop);
  void remove_unfinished_uploads();
  void remove_expired_credentials(const std::stop_token& stop);
  Result<void> remove_input(const Session& session, const std::stop_token& stop);
  Result<void> remove_session(const Session& session, const std::stop_token& stop);
  Result<void> remove_objects(const std::string& prefix, const std::stop_token& stop);
  [[nodiscard]] WallTime now() const;
  [[nodiscard]] std::size_t batch() const noexcept;
  [[nodiscard]] bool succeeded(const Result<void>& outcome, const std::string& what,
                               const std::string& session_id = {});

  ObjectStore& objects_;
  SessionMaintenance& sessions_;
  const RetentionOptions config_;
  const SweeperHooks hooks_;
  const Context context_;

  // Of the one thread that sweeps.
  std::chrono::steady_clock::time_point up_since_;
  std::chrono::steady_clock::time_point last_steady_;
  WallTime last_wall_;
  bool ending_ = false;
  std::set<std::string> failing_;  // what failed and was logged

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace streamkit::live

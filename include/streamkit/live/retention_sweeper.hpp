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

/// Whom the sweeper tells, from its own thread. Empty functions: nobody.
struct STREAMKIT_API SweeperHooks {
  std::function<void(std::string_view session_id)> ended = {};
  /// The session and all that was stored for it are gone.
  std::function<void(std::string_view session_id)> expired = {};
  /// Gives up uploads in parts that were begun before. A failure is logged, and tried again.
  std::function<Result<void>(WallTime before)> remove_unfinished_uploads = {};
};

/// Ends sessions that nobody feeds any more, and removes what was kept long enough: a session's
/// objects first and its rows last, so that the next sweep finishes what a crash cut short.
///
/// A session's sender may have been unable to reach it while the server was down, or the machine
/// asleep: only `idle_timeout` after its start, or after the time of day jumped ahead, does the
/// sweeper begin to end sessions.
///
/// Metrics: streamkit_sessions_ended_idle_total, streamkit_sessions_expired_total,
/// streamkit_objects_removed_total; streamkit_sessions_live, and streamkit_sessions_overdue, which
/// are those that two sweeps should have ended and is 0 as long as all is well.
/// Thread-safety: sweep_once() must not run beside itself or a running thread.
class STREAMKIT_API SessionSweeper {
 public:
  /// What is lent must outlive this. Precondition: check(config).
  SessionSweeper(ObjectStore& objects, SessionMaintenance& sessions, RetentionOptions config,
                 SweeperHooks hooks, Context context);

  /// Sweeps now and then on a thread of its own, until this is destroyed.
  void start();
  /// One sweep, on the calling thread. A store's failure is logged once, and tried again by the
  /// next sweep.
  void sweep_once(std::stop_token stop = {});

 private:
  [[nodiscard]] bool may_end_sessions();
  void end_idle_sessions(const std::stop_token& stop);
  void count_sessions();
  void remove_inputs(const std::stop_token& stop);
  void remove_expired(const std::stop_token& stop);
  void remove_unfinished_uploads();
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

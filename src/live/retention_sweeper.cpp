#include <streamkit/live/retention_sweeper.hpp>

#include <streamkit/store/chunk_key.hpp>
#include <utility>

namespace streamkit::live {
namespace {

// The number of sessions that one sweep removes, and of keys that are listed per call.
constexpr std::size_t kSessionsPerBatch = 100;
constexpr std::size_t kKeysPerBatch = 1000;
constexpr std::size_t kCredentialsPerBatch = 1000;
constexpr std::size_t kMostFailures = 10'000;

}  // namespace

SessionSweeper::SessionSweeper(ObjectStore& objects, SessionMaintenance& sessions,
                               RetentionOptions config, SweeperHooks hooks, Context context)
    : objects_(objects),
      sessions_(sessions),
      config_(config),
      hooks_(std::move(hooks)),
      context_(context),
      up_since_(context.clock_or_system().steady_now()),
      last_steady_(up_since_),
      last_wall_(now()) {
  for (const char* name : {"streamkit_sessions_ended_idle_total",
                           "streamkit_sessions_expired_total", "streamkit_objects_removed_total"}) {
    context_.count(name, 0);
  }
}

void SessionSweeper::start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    do {
      sweep_once(stop);
    } while (clock.wait_until(clock.steady_now() + config_.sweep_interval, stop));
  });
}

void SessionSweeper::sweep_once(std::stop_token stop) {
  ending_ = may_end_sessions();
  if (ending_) end_idle_sessions(stop);
  count_sessions();
  if (config_.keep_input.count() > 0) remove_inputs(stop);
  if (config_.keep_streams.count() > 0) remove_expired(stop);
  if (hooks_.remove_unfinished_uploads) remove_unfinished_uploads();
  // After a jump of the time of day, credentials may only seem to have expired.
  if (ending_) remove_expired_credentials(stop);
}

// Returns whether the time of day can be trusted. It jumps ahead of the steady clock if somebody
// sets it, or if the machine was suspended.
bool SessionSweeper::may_end_sessions() {
  constexpr std::chrono::seconds kMostDrift{10};
  const auto steady = context_.clock_or_system().steady_now();
  const WallTime wall = now();
  if (wall - last_wall_ > (steady - last_steady_) + kMostDrift) {
    context_.log(LogLevel::Warning, "the time of day jumped ahead, idle sessions get more time");
    up_since_ = steady;
  }
  last_steady_ = steady;
  last_wall_ = wall;
  return steady - up_since_ >= config_.idle_timeout;
}

void SessionSweeper::end_idle_sessions(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto ended = sessions_.end_idle(now() - config_.idle_timeout, now(), kSessionsPerBatch);
    if (!succeeded(ended ? Result<void>() : ended.error(), "ending idle sessions")) return;
    for (const Session& session : *ended) {
      context_.count("streamkit_sessions_ended_idle_total");
      context_.log(LogLevel::Info, "session ended, no chunk arrived for too long",
                   {{"session_id", session.id},
                    {"idle_seconds", std::to_string(config_.idle_timeout.count())},
                    {"chunks", std::to_string(session.final_chunk_count.value_or(0))}});
      if (hooks_.ended) hooks_.ended(session.id);
    }
    if (ended->size() < kSessionsPerBatch) return;
  }
}

void SessionSweeper::count_sessions() {
  const auto counts = sessions_.count(now() - config_.idle_timeout - 2 * config_.sweep_interval);
  if (!succeeded(counts ? Result<void>() : counts.error(), "counting sessions")) return;
  context_.gauge("streamkit_sessions_live", static_cast<double>(counts->live));
  // Until sessions may be ended, no session is overdue.
  context_.gauge("streamkit_sessions_overdue", ending_ ? static_cast<double>(counts->overdue) : 0);
}

void SessionSweeper::remove_inputs(const std::stop_token& stop) {
  const auto ended = sessions_.list({.state = SessionState::Ended,
                                     .order = SessionOrder::ByEndTime,
                                     .ended_before = now() - config_.keep_input,
                                     .with_input = true,
                                     .limit = batch()});
  if (!succeeded(ended ? Result<void>() : ended.error(), "finding chunks to remove")) return;
  for (const Session& session : *ended) {
    if (stop.stop_requested()) return;
    (void)succeeded(remove_input(session, stop), "removing a session's chunks", session.id);
  }
}

void SessionSweeper::remove_expired(const std::stop_token& stop) {
  const auto ended = sessions_.list({.state = SessionState::Ended,
                                     .order = SessionOrder::ByEndTime,
                                     .ended_before = now() - config_.keep_streams,
                                     .limit = batch()});
  if (!succeeded(ended ? Result<void>() : ended.error(), "finding expired sessions")) return;
  for (const Session& session : *ended) {
    if (stop.stop_requested()) return;
    if (!succeeded(remove_session(session, stop), "removing an expired session", session.id)) {
      continue;
    }
    context_.count("streamkit_sessions_expired_total");
    context_.log(LogLevel::Info, "session expired and removed", {{"session_id", session.id}});
    if (hooks_.expired) hooks_.expired(session.id);
  }
}

void SessionSweeper::remove_unfinished_uploads() {
  (void)succeeded(hooks_.remove_unfinished_uploads(now() - config_.keep_unfinished_uploads),
                  "removing unfinished uploads");
}

// Removes in batches, so that no transaction holds up the uploads' records for long.
void SessionSweeper::remove_expired_credentials(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto removed = sessions_.remove_credentials(now() - config_.keep_expired_credentials,
                                                      kCredentialsPerBatch);
    if (!succeeded(removed ? Result<void>() : removed.error(), "removing expired credentials")) {
      return;
    }
    if (*removed > 0) {
      context_.count("streamkit_credentials_removed_total", static_cast<double>(*removed));
    }
    if (*removed < kCredentialsPerBatch) return;
  }
}

Result<void> SessionSweeper::remove_input(const Session& session, const std::stop_token& stop) {
  if (auto removed = remove_objects(input_prefix(session.id), stop); !removed) return removed;
  auto marked = sessions_.mark_input_removed(session.id);
  // The session does not exist any more: another server's sweeper removed it first.
  const bool gone = !marked && marked.error().code == ErrorCode::NotFound;
  return gone ? Result<void>() : marked;
}

Result<void> SessionSweeper::remove_session(const Session& session, const std::stop_token& stop) {
  for (const std::string& prefix : {input_prefix(session.id), output_prefix(session.id)}) {
    if (auto removed = remove_objects(prefix, stop); !removed) return removed;
  }
  return sessions_.remove(session.id);
}

Result<void> SessionSweeper::remove_objects(const std::string& prefix,
                                            const std::stop_token& stop) {
  std::string after;
  for (;;) {
    const auto found = objects_.list(prefix, after, kKeysPerBatch, stop);
    if (!found) return found.error();
    for (const ObjectInfo& object : *found) {
      if (auto removed = objects_.remove(object.key, stop); !removed) return removed;
      context_.count("streamkit_objects_removed_total");
    }
    if (found->size() < kKeysPerBatch) return {};
    after = found->back().key;
  }
}

WallTime SessionSweeper::now() const { return context_.clock_or_system().system_now(); }

// Returns the size of a batch. It grows by the number of sessions that keep failing, so that these
// do not keep others from their turn.
std::size_t SessionSweeper::batch() const noexcept { return kSessionsPerBatch + failing_.size(); }

bool SessionSweeper::succeeded(const Result<void>& outcome, const std::string& what,
                               const std::string& session_id) {
  const std::string name = what + ' ' + session_id;
  if (outcome) {
    failing_.erase(name);
    return true;
  }
  if (outcome.error().code == ErrorCode::Cancelled) return false;
  if (failing_.size() >= kMostFailures) failing_.clear();
  if (failing_.insert(name).second) {
    context_.log(LogLevel::Error, what + " failed and is retried",
                 {{"session_id", session_id}, {"error", to_string(outcome.error())}});
  }
  return false;
}

}  // namespace streamkit::live

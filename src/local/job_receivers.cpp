#include "local/job_receivers.hpp"

#include <string>
#include <vector>

namespace streamkit::local {
namespace {

constexpr std::chrono::milliseconds kLookInterval{200};

Result<std::int64_t> next_number(SqliteConnection& writer) {
  auto use = writer.use();
  Statement taken =
      use.statement("UPDATE job_queue SET receivers = receivers + 1 RETURNING receivers");
  const auto row = taken.next();
  if (!row) return row.error();
  const std::int64_t number = taken.integer(0);
  if (auto stored = taken.run(); !stored) return stored.error();
  return number;
}

}  // namespace

std::int64_t JobReceivers::own() const {
  std::lock_guard lock(mutex_);
  return lock_ ? lock_->number() : 0;
}

Result<void> JobReceivers::release_lost_jobs() {
  const auto now = context_.clock_or_system().steady_now();
  {
    std::lock_guard lock(mutex_);
    if (next_look_ && now < *next_look_) return {};
    next_look_ = now + kLookInterval;
  }
  if (auto entered = enter(); !entered) return entered;
  const auto ended = find_ended();
  if (!ended) return ended.error();
  for (const std::int64_t receiver : *ended) {
    if (auto released = release_jobs_of(receiver); !released) return released;
  }
  return {};
}

Result<void> JobReceivers::enter() {
  {
    std::lock_guard lock(mutex_);
    if (entered_) return {};
    entered_ = true;
  }
  const auto number = next_number(writer_);
  if (!number) {
    std::lock_guard lock(mutex_);
    entered_ = false;
    return number.error();
  }
  auto held = LifeLock::hold(lock_file_, *number);
  if (!held) {
    context_.log(LogLevel::Warning,
                 "if this process ends, others get its jobs only when their visibility ends",
                 {{"error", to_string(held.error())}});
    return {};
  }
  std::lock_guard lock(mutex_);
  lock_ = *std::move(held);
  return {};
}

Result<std::vector<std::int64_t>> JobReceivers::find_ended() {
  std::vector<std::int64_t> ended;
  const LifeLock* own_lock = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (lock_) own_lock = &*lock_;  // it stays as it is from now on
  }
  if (own_lock == nullptr) return ended;
  auto use = reader_.use();
  Statement rows = use.statement(
      "SELECT DISTINCT receiver FROM jobs WHERE state = 1 AND receiver NOT IN (0, ?)");
  rows.bind(own_lock->number());
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return ended;
    if (!own_lock->is_held(rows.integer(0))) ended.push_back(rows.integer(0));
  }
}

Result<void> JobReceivers::release_jobs_of(std::int64_t receiver) {
  int jobs = 0;
  {
    auto use = writer_.use();
    auto done =
        use.statement("UPDATE jobs SET unsettled = 1, state = 0 WHERE state = 1 AND receiver = ?")
            .bind(receiver)
            .run();
    if (!done) return done;
    jobs = use.changes();
  }
  if (jobs == 0) return {};
  context_.count("streamkit_lost_deliveries_total", jobs);
  context_.log(LogLevel::Warning, "jobs of a worker that ended are given to others",
               {{"jobs", std::to_string(jobs)}});
  return {};
}

}  // namespace streamkit::local

#include <algorithm>
#include <streamkit/testing/memory_job_queue.hpp>
#include <utility>

namespace streamkit::testing {
namespace {

Error lapsed() { return {ErrorCode::NotFound, "the job's receipt has lapsed"}; }

}  // namespace

Result<void> MemoryJobQueue::send(std::string_view body) {
  const Time now = context_.clock_or_system().steady_now();
  {
    std::lock_guard lock(mutex_);
    entries_.push_back({.body = std::string(body), .due = now});
  }
  wake_receivers();
  return {};
}

Result<std::optional<Job>> MemoryJobQueue::receive(std::chrono::milliseconds visibility,
                                                   std::chrono::milliseconds wait,
                                                   std::stop_token stop) {
  Clock& clock = context_.clock_or_system();
  const Time deadline = clock.steady_now() + wait;
  while (!stop.stop_requested()) {
    const Time now = clock.steady_now();
    Time next_look = deadline;
    std::stop_token change;
    {
      std::lock_guard lock(mutex_);
      if (auto job = take_due(now, now + visibility)) return job;
      for (const Entry& entry : entries_) next_look = std::min(next_look, entry.due);
      change = change_.get_token();
    }
    if (now >= deadline) break;
    std::stop_source either;
    std::stop_callback on_stop(stop, [&] { either.request_stop(); });
    std::stop_callback on_change(change, [&] { either.request_stop(); });
    clock.wait_until(next_look, either.get_token());
  }
  return std::optional<Job>();
}

Result<void> MemoryJobQueue::complete(const Job& job) {
  std::lock_guard lock(mutex_);
  const auto found = find(job);
  if (found == entries_.end()) return lapsed();
  entries_.erase(found);
  return {};
}

Result<void> MemoryJobQueue::retry(const Job& job, std::chrono::milliseconds delay) {
  return change(job, false, delay);
}

Result<void> MemoryJobQueue::extend(const Job& job, std::chrono::milliseconds visibility) {
  return change(job, true, visibility);
}

Result<void> MemoryJobQueue::bury(const Job& job, std::string_view reason) {
  std::lock_guard lock(mutex_);
  const auto found = find(job);
  if (found == entries_.end()) return lapsed();
  dead_.push_back({found->body, std::string(reason)});
  entries_.erase(found);
  return {};
}

Result<QueueDepth> MemoryJobQueue::depth() {
  const Time now = context_.clock_or_system().steady_now();
  QueueDepth depth;
  std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    ++(entry.delivered && entry.due > now ? depth.in_flight : depth.waiting);
  }
  depth.dead = dead_.size();
  return depth;
}

std::vector<MemoryJobQueue::DeadJob> MemoryJobQueue::dead_jobs() const {
  std::lock_guard lock(mutex_);
  return dead_;
}

std::optional<Job> MemoryJobQueue::take_due(Time now, Time hidden_until) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.due <= now; });
  if (found == entries_.end()) return {};
  found->due = hidden_until;
  found->delivered = true;
  found->receipt = std::to_string(++deliveries_);
  return Job{found->receipt, found->body, ++found->attempt};
}

MemoryJobQueue::Entries::iterator MemoryJobQueue::find(const Job& job) {
  return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.attempt > 0 && entry.receipt == job.receipt;
  });
}

Result<void> MemoryJobQueue::change(const Job& job, bool delivered,
                                    std::chrono::milliseconds due_in) {
  const Time due = context_.clock_or_system().steady_now() + due_in;
  {
    std::lock_guard lock(mutex_);
    const auto found = find(job);
    if (found == entries_.end()) return lapsed();
    found->delivered = delivered;
    found->due = due;
  }
  wake_receivers();
  return {};
}

void MemoryJobQueue::wake_receivers() {
  std::stop_source changed;
  {
    std::lock_guard lock(mutex_);
    std::swap(changed, change_);
  }
  changed.request_stop();
}

}  // namespace streamkit::testing

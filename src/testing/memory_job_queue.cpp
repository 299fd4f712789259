#include <algorithm>
#include <charconv>
#include <streamkit/testing/memory_job_queue.hpp>
#include <utility>

namespace streamkit::testing {
namespace {

Error lapsed() { return {ErrorCode::NotFound, "the job's receipt has lapsed"}; }

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return number;
}

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

Result<void> MemoryJobQueue::dead_letter(const Job& job, std::string_view reason) {
  std::lock_guard lock(mutex_);
  const auto found = find(job);
  if (found == entries_.end()) return lapsed();
  const std::uint64_t id = ++deaths_;
  dead_.emplace(id, DeadJob{std::to_string(id), found->body, std::string(reason), found->attempt});
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

Result<std::vector<DeadJob>> MemoryJobQueue::list(std::string_view after, std::size_t limit) {
  const auto last = after.empty() ? std::optional<std::uint64_t>(0) : parse_id(after);
  if (!last) return Error{ErrorCode::InvalidArgument, "not the id of a dead letter"};
  std::vector<DeadJob> jobs;
  std::lock_guard lock(mutex_);
  for (auto next = dead_.upper_bound(*last); next != dead_.end() && jobs.size() < limit; ++next) {
    jobs.push_back(next->second);
  }
  return jobs;
}

Result<void> MemoryJobQueue::revive(std::string_view id) {
  const Time now = context_.clock_or_system().steady_now();
  {
    std::lock_guard lock(mutex_);
    auto job = take_dead(id);
    if (!job) return job.error();
    entries_.push_back({.body = std::move(job->body), .due = now});
  }
  wake_receivers();
  return {};
}

Result<void> MemoryJobQueue::purge(std::string_view id) {
  std::lock_guard lock(mutex_);
  const auto job = take_dead(id);
  return job ? Result<void>() : job.error();
}

Result<DeadJob> MemoryJobQueue::take_dead(std::string_view id) {
  const auto number = parse_id(id);
  const auto found = number ? dead_.find(*number) : dead_.end();
  if (found == dead_.end()) {
    return Error{ErrorCode::NotFound, "no dead letter '" + std::string(id) + "'"};
  }
  DeadJob job = std::move(found->second);
  dead_.erase(found);
  return job;
}

std::vector<DeadJob> MemoryJobQueue::dead_jobs() const {
  std::lock_guard lock(mutex_);
  std::vector<DeadJob> jobs;
  for (const auto& [id, job] : dead_) jobs.push_back(job);
  return jobs;
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

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

Result<void> MemoryJobQueue::send(std::string_view body) { return send_in_group(body, {}); }

Result<void> MemoryJobQueue::send_in_group(std::string_view body, const JobGroup& group) {
  add(std::string(body), group);
  wake_receivers();
  return {};
}

void MemoryJobQueue::add(std::string body, JobGroup group) {
  const Time now = context_.clock_or_system().steady_now();
  std::lock_guard lock(mutex_);
  std::int64_t last = 0;
  for (const auto& [id, turn] : turns_) last = std::max(last, turn);
  turns_.emplace(group.id, last + 1);
  entries_.push_back({.body = std::move(body), .due = now, .group = std::move(group)});
}

Result<std::optional<Job>> MemoryJobQueue::receive(std::chrono::milliseconds visibility,
                                                   std::chrono::milliseconds wait,
                                                   std::stop_token stop) {
  return receive_with({visibility, wait, 0}, std::move(stop));
}

Result<std::optional<Job>> MemoryJobQueue::receive_with(const ReceiveOptions& options,
                                                        std::stop_token stop) {
  Clock& clock = context_.clock_or_system();
  const Time deadline = clock.steady_now() + options.wait;
  while (!stop.stop_requested()) {
    const Time now = clock.steady_now();
    Time next_look = deadline;
    std::stop_token change;
    {
      std::lock_guard lock(mutex_);
      if (auto job = take_due(now, options)) return job;
      for (const Entry& entry : entries_) {
        if (entry.due > now) next_look = std::min(next_look, entry.due);
      }
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
  {
    std::lock_guard lock(mutex_);
    const auto found = find(job);
    if (found == entries_.end()) return lapsed();
    remove(found);
  }
  wake_receivers();
  return {};
}

Result<void> MemoryJobQueue::retry(const Job& job, std::chrono::milliseconds delay) {
  const Time due = context_.clock_or_system().steady_now() + delay;
  {
    std::lock_guard lock(mutex_);
    const auto found = find(job);
    if (found == entries_.end()) return lapsed();
    found->delivered = found->unsettled = false;
    found->due = due;
  }
  wake_receivers();
  return {};
}

Result<void> MemoryJobQueue::extend(const Job& job, std::chrono::milliseconds visibility) {
  const Time due = context_.clock_or_system().steady_now() + visibility;
  std::lock_guard lock(mutex_);
  const auto found = find(job);
  if (found == entries_.end() || !(found->delivered || found->unsettled)) return lapsed();
  found->delivered = true;
  found->unsettled = false;
  found->due = due;
  return {};
}

Result<void> MemoryJobQueue::dead_letter(const Job& job, std::string_view reason) {
  {
    std::lock_guard lock(mutex_);
    const auto found = find(job);
    if (found == entries_.end()) return lapsed();
    const std::uint64_t id = ++deaths_;
    DeadJob dead{std::to_string(id), found->body, std::string(reason), found->attempt};
    dead_.emplace(id, DeadEntry{std::move(dead), found->group});
    remove(found);
  }
  wake_receivers();
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
    jobs.push_back(next->second.job);
  }
  return jobs;
}

Result<void> MemoryJobQueue::revive(std::string_view id) {
  auto dead = [&] {
    std::lock_guard lock(mutex_);
    return take_dead(id);
  }();
  if (!dead) return dead.error();
  add(std::move(dead->job.body), std::move(dead->group));
  wake_receivers();
  return {};
}

Result<void> MemoryJobQueue::purge(std::string_view id) {
  std::lock_guard lock(mutex_);
  const auto job = take_dead(id);
  return job ? Result<void>() : job.error();
}

Result<MemoryJobQueue::DeadEntry> MemoryJobQueue::take_dead(std::string_view id) {
  const auto number = parse_id(id);
  const auto found = number ? dead_.find(*number) : dead_.end();
  if (found == dead_.end()) {
    return Error{ErrorCode::NotFound, "no dead letter '" + std::string(id) + "'"};
  }
  DeadEntry entry = std::move(found->second);
  dead_.erase(found);
  return entry;
}

std::vector<DeadJob> MemoryJobQueue::dead_jobs() const {
  std::lock_guard lock(mutex_);
  std::vector<DeadJob> jobs;
  for (const auto& [id, entry] : dead_) jobs.push_back(entry.job);
  return jobs;
}

// A group whose job was lost gets its turn back.
void MemoryJobQueue::end_visibility(Time now) {
  for (Entry& entry : entries_) {
    if (!entry.delivered || entry.due > now) continue;
    entry.delivered = false;
    entry.unsettled = true;
    if (entry.group.id.empty()) continue;
    std::int64_t first = 0;
    for (const auto& [id, turn] : turns_) first = std::min(first, turn);
    turns_[entry.group.id] = first - 1;
  }
}

std::optional<Job> MemoryJobQueue::take_due(Time now, const ReceiveOptions& options) {
  end_visibility(now);
  auto taken = entries_.end();
  std::int64_t last = 0;
  for (const auto& [id, turn] : turns_) {
    last = std::max(last, turn);
    const auto first = first_of(id, now, options.per_group);
    if (first == entries_.end()) continue;
    if (taken == entries_.end() || turn < turns_[taken->group.id]) taken = first;
  }
  if (taken == entries_.end()) return {};
  turns_[taken->group.id] = last + 1;
  taken->due = now + options.visibility;
  taken->delivered = true;
  taken->lost += taken->unsettled ? 1 : 0;
  taken->unsettled = false;
  taken->receipt = std::to_string(++deliveries_);
  return Job{taken->receipt, taken->body, ++taken->attempt, taken->lost};
}

// Returns the job of a group that may be delivered now; the end if there is none.
MemoryJobQueue::Entries::iterator MemoryJobQueue::first_of(const std::string& group, Time now,
                                                           int per_group) {
  auto first = entries_.end();
  int in_flight = 0;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->group.id != group) continue;
    if (entry->delivered) {
      ++in_flight;
    } else if (group.empty() && entry->due > now) {
      continue;
    } else if (first == entries_.end() || entry->group.index < first->group.index) {
      first = entry;
    }
  }
  const bool full = !group.empty() && per_group > 0 && in_flight >= per_group;
  return first == entries_.end() || full || first->due > now ? entries_.end() : first;
}

// A job that follows on the removed one, and waits, need not wait any more.
void MemoryJobQueue::remove(Entries::iterator entry) {
  const JobGroup group = entry->group;
  const Time due = context_.clock_or_system().steady_now();
  entries_.erase(entry);
  bool last = true;
  for (Entry& other : entries_) {
    if (other.group.id != group.id) continue;
    last = false;
    const bool next = !group.id.empty() && other.group.index == group.index + 1;
    if (next && !other.delivered) other.due = std::min(other.due, due);
  }
  if (last) turns_.erase(group.id);
}

MemoryJobQueue::Entries::iterator MemoryJobQueue::find(const Job& job) {
  return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.attempt > 0 && entry.receipt == job.receipt;
  });
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

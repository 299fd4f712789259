#pragma once

#include <list>
#include <map>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/dead_letters.hpp>
#include <streamkit/store/job_queue.hpp>
#include <string>
#include <vector>

namespace streamkit::testing {

/// A job queue with groups and its dead letters in memory, first in, first out among the jobs that
/// are due and belong to no group. Visibility and delays follow the clock of the context.
class STREAMKIT_API MemoryJobQueue final : public JobQueue, public DeadLetters {
 public:
  explicit MemoryJobQueue(Context context = {}) : context_(context) {}

  Result<void> send(std::string_view body) override;
  Result<void> send_in_group(std::string_view body, const JobGroup& group) override;
  Result<std::optional<Job>> receive(std::chrono::milliseconds visibility,
                                     std::chrono::milliseconds wait, std::stop_token stop) override;
  Result<std::optional<Job>> receive_with(const ReceiveOptions& options,
                                          std::stop_token stop) override;
  Result<void> complete(const Job& job) override;
  Result<void> retry(const Job& job, std::chrono::milliseconds delay) override;
  Result<void> extend(const Job& job, std::chrono::milliseconds visibility) override;
  Result<void> dead_letter(const Job& job, std::string_view reason) override;
  Result<QueueDepth> depth() override;
  Result<std::vector<DeadJob>> list(std::string_view after, std::size_t limit) override;
  Result<void> revive(std::string_view id) override;
  Result<void> purge(std::string_view id) override;

  [[nodiscard]] std::vector<DeadJob> dead_jobs() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::string body;
    Time due;
    JobGroup group = {};
    std::string receipt = {};
    int attempt = 0;
    bool delivered = false;
    bool unsettled = false;  // the last delivery ended without a verdict
    int lost = 0;
  };
  using Entries = std::list<Entry>;
  struct DeadEntry {
    DeadJob job;
    JobGroup group;
  };

  void add(std::string body, JobGroup group);
  void end_visibility(Time now);
  std::optional<Job> take_due(Time now, const ReceiveOptions& options);
  Entries::iterator first_of(const std::string& group, Time now, int per_group);
  void remove(Entries::iterator entry);
  Entries::iterator find(const Job& job);
  Result<DeadEntry> take_dead(std::string_view id);
  void wake_receivers();

  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  Entries entries_;
  std::map<std::uint64_t, DeadEntry> dead_;    // by id
  std::map<std::string, std::int64_t> turns_;  // by group with jobs; the least is served first
  std::uint64_t deaths_ = 0;
  std::uint64_t deliveries_ = 0;
  std::stop_source change_;  // requested, and replaced, at each change that receivers wait for
};

}  // namespace streamkit::testing

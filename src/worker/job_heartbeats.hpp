#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <thread>

namespace streamkit::worker {

/// Keeps jobs hidden while they are worked on: a thread extends the visibility of all of them when
/// a third of it has passed. If the process dies, so does the thread, and others get the jobs.
/// Thread-safety: keep() may be called from any thread.
class JobHeartbeats {
 public:
  /// The queue and what `context` points to must outlive this object.
  JobHeartbeats(JobQueue& queue, std::chrono::milliseconds visibility, const Context& context);
  JobHeartbeats(JobHeartbeats&&) = delete;
  JobHeartbeats& operator=(JobHeartbeats&&) = delete;

  /// Keeps the job hidden until the result is destroyed. `job` must outlive it, and it must not
  /// outlive this object.
  [[nodiscard]] std::shared_ptr<void> keep(const Job& job);

 private:
  void run(std::stop_token stop);
  void extend_all();
  void note_count(std::size_t jobs) const;

  JobQueue& queue_;
  const std::chrono::milliseconds visibility_;
  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::list<Job> jobs_;

  std::jthread thread_;  // last, because it uses all of the above
};

}  // namespace streamkit::worker

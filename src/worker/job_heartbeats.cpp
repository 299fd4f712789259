#include "worker/job_heartbeats.hpp"

namespace streamkit::worker {

JobHeartbeats::JobHeartbeats(JobQueue& queue, std::chrono::milliseconds visibility,
                             const Context& context)
    : queue_(queue),
      visibility_(visibility),
      context_(context),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

std::shared_ptr<void> JobHeartbeats::keep(const Job& job) {
  std::list<Job>::iterator kept;
  {
    std::lock_guard lock(mutex_);
    // The receipt alone is needed, and a body may be large.
    kept = jobs_.insert(jobs_.end(), Job{.receipt = job.receipt, .body = {}});
    note_count(jobs_.size());
  }
  const auto forget = [this, kept](void*) {
    std::lock_guard lock(mutex_);
    jobs_.erase(kept);
    note_count(jobs_.size());
  };
  return {static_cast<void*>(this), forget};
}

void JobHeartbeats::run(std::stop_token stop) {
  Clock& clock = context_.clock_or_system();
  while (clock.wait_until(clock.steady_now() + visibility_ / 3, stop)) extend_all();
}

void JobHeartbeats::extend_all() {
  std::list<Job> jobs;
  {
    std::lock_guard lock(mutex_);
    jobs = jobs_;
  }
  // If a receipt has expired, or the job has its verdict meanwhile, there is nothing to extend.
  for (const Job& job : jobs) (void)queue_.extend(job, visibility_);
}

// Under the lock, so that a gauge is never set back to an older count.
void JobHeartbeats::note_count(std::size_t jobs) const {
  context_.gauge("streamkit_conversions_in_flight", static_cast<double>(jobs));
}

}  // namespace streamkit::worker

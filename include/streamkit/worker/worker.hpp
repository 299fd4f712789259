#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <thread>
#include <vector>

#include <streamkit/worker/job_processor.hpp>

namespace streamkit::worker {

struct STREAMKIT_API WorkerConfig {
  /// Conversions in flight at once. Each uses several threads already: more pays off on many cores
  /// and costs the memory of one conversion each.
  int concurrency = 1;
  /// Of these for one session at most, so that none starves another. 0: all but one.
  int per_session = 0;
  /// How long a job stays hidden without a sign of life; then another worker gets it.
  std::chrono::milliseconds visibility{30'000};
};

/// Takes jobs from the queue and has them processed, on `concurrency` threads of its own, until it
/// is destroyed. A conversion in flight is then given up and its job offered again at once.
class STREAMKIT_API Worker {
 public:
  /// The references must outlive the worker.
  Worker(JobQueue& queue, JobProcessor& processor, WorkerConfig config, Context context);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  void run(std::stop_token stop);
  void handle(const Job& job, std::stop_token stop);
  void carry_out(const Job& job, const Verdict& verdict);
  bool enter(const std::string& session_id);
  void leave(const std::string& session_id);

  JobQueue& queue_;
  JobProcessor& processor_;
  const WorkerConfig config_;
  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, int> in_flight_;  // by session id
  int total_in_flight_ = 0;

  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace streamkit::worker

#include <algorithm>
#include <stop_token>
#include <streamkit/core/contained.hpp>
#include <streamkit/worker/worker.hpp>
#include <thread>
#include <vector>

#include "worker/job_heartbeats.hpp"
#include "worker/job_processor.hpp"

namespace streamkit::worker {

using std::chrono::milliseconds;

class Worker::Impl {
 public:
  Impl(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
       StreamRecords& records, ChunkConverter& converter, const WorkerOptions& options,
       Context context);
  ~Impl();
  Impl(Impl&&) = delete;
  Impl& operator=(Impl&&) = delete;

 private:
  void run(std::stop_token stop);
  void handle(const Job& job, std::stop_token stop);
  void carry_out(const Job& job, const Verdict& verdict);

  JobQueue& queue_;
  const WorkerOptions options_;
  const Context context_;
  JobProcessor processor_;
  JobHeartbeats heartbeats_;

  std::vector<std::jthread> threads_;  // last, because the threads use all of the above
};

Worker::Impl::Impl(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
                   StreamRecords& records, ChunkConverter& converter, const WorkerOptions& options,
                   Context context)
    : queue_(queue),
      options_(options),
      context_(context),
      processor_(
          input, output, sessions, records, converter,
          {options.streaming_enabled, options.kind, options.depth_is_choosable, options.retry},
          context),
      heartbeats_(queue, options.visibility, context) {
  for (int i = 0; i < std::max(1, options_.concurrency); ++i) {
    threads_.emplace_back([this](std::stop_token stop) { run(stop); });
  }
}

Worker::Impl::~Impl() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Worker::Impl::run(std::stop_token stop) {
  constexpr milliseconds kWait{1000};
  const ReceiveOptions options{options_.visibility, kWait, std::max(0, options_.per_session)};
  while (!stop.stop_requested()) {
    auto job = contained([&] { return queue_.receive_with(options, stop); });
    if (job && *job) {
      job = contained([&]() -> Result<std::optional<Job>> {
        handle(**job, stop);
        return std::optional<Job>();
      });
    }
    if (!job) {
      context_.log(LogLevel::Error, "a job cannot be received or carried out",
                   {{"error", to_string(job.error())}});
      Clock& clock = context_.clock_or_system();
      clock.wait_until(clock.steady_now() + kWait, stop);
    }
  }
}

void Worker::Impl::handle(const Job& job, std::stop_token stop) {
  context_.count("streamkit_job_deliveries_total");
  const Verdict verdict = [&] {
    const auto kept = heartbeats_.keep(job);
    return processor_.process(
        job, [] {}, stop);
  }();
  carry_out(job, verdict);
}

void Worker::Impl::carry_out(const Job& job, const Verdict& verdict) {
  Result<void> done;
  switch (verdict.action) {
    case Verdict::Action::Complete:
      done = queue_.complete(job);
      break;
    case Verdict::Action::Retry:
      done = queue_.retry(job, verdict.delay);
      break;
    case Verdict::Action::DeadLetter:
      context_.count("streamkit_buried_jobs_total");
      context_.log(LogLevel::Error, "job moved to the dead-letter queue",
                   {{"reason", verdict.reason}});
      done = queue_.dead_letter(job, verdict.reason);
      break;
  }
  // The job will be delivered again, and processing it again does no harm.
  if (!done) {
    context_.log(LogLevel::Warning, "job not acknowledged", {{"error", to_string(done.error())}});
  }
}

Worker::Worker(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
               StreamRecords& records, ChunkConverter& converter, WorkerOptions options,
               Context context)
    : impl_(std::make_unique<Impl>(queue, input, output, sessions, records, converter, options,
                                   context)) {}

Worker::~Worker() = default;

}  // namespace streamkit::worker

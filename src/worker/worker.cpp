#include <algorithm>
#include <map>
#include <mutex>
#include <stop_token>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/worker/worker.hpp>
#include <string>
#include <thread>
#include <vector>

#include "worker/job_processor.hpp"

namespace streamkit::worker {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// Returns the session of a job's first stream chunk; empty for any other job.
std::string session_of(const Job& job) {
  const auto created = net::parse_s3_event(job.body);
  if (!created) return {};
  for (const net::ObjectCreated& object : *created) {
    const auto key = parse_chunk_key(object.key);
    if (!key) continue;
    if (const auto* chunk = std::get_if<StreamInputKey>(&*key)) return chunk->session_id;
  }
  return {};
}

// Extends a job's visibility from time to time during its conversion.
class SignOfLife {
 public:
  SignOfLife(JobQueue& queue, const Job& job, milliseconds visibility, Clock& clock)
      : queue_(queue),
        job_(job),
        visibility_(visibility),
        clock_(clock),
        next_(clock.steady_now() + visibility / 3) {}

  void operator()() {
    const SteadyTime now = clock_.steady_now();
    if (now < next_) return;
    next_ = now + visibility_ / 3;
    // If the receipt has expired, another worker repeats the work, which does no harm.
    (void)queue_.extend(job_, visibility_);
  }

 private:
  JobQueue& queue_;
  const Job& job_;
  const milliseconds visibility_;
  Clock& clock_;
  SteadyTime next_;
};

}  // namespace

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
  bool enter(const std::string& session_id);
  void leave(const std::string& session_id);

  JobQueue& queue_;
  const WorkerOptions options_;
  const Context context_;
  JobProcessor processor_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, int> in_flight_;  // by session id
  int total_in_flight_ = 0;

  std::vector<std::jthread> threads_;  // last, because the threads use all of the above
};

Worker::Impl::Impl(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
                   StreamRecords& records, ChunkConverter& converter, const WorkerOptions& options,
                   Context context)
    : queue_(queue),
      options_(options),
      context_(context),
      processor_(input, output, sessions, records, converter,
                 {options.streaming_enabled, options.kind, options.retry}, context) {
  for (int i = 0; i < std::max(1, options_.concurrency); ++i) {
    threads_.emplace_back([this](std::stop_token stop) { run(stop); });
  }
}

Worker::Impl::~Impl() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Worker::Impl::run(std::stop_token stop) {
  constexpr milliseconds kWait{1000};
  while (!stop.stop_requested()) {
    auto job = queue_.receive(options_.visibility, kWait, stop);
    if (!job) {
      context_.log(LogLevel::Error, "cannot receive jobs", {{"error", to_string(job.error())}});
      Clock& clock = context_.clock_or_system();
      clock.wait_until(clock.steady_now() + kWait, stop);
    } else if (*job) {
      handle(**job, stop);
    }
  }
}

void Worker::Impl::handle(const Job& job, std::stop_token stop) {
  const std::string session_id = session_of(job);
  if (!enter(session_id)) {
    constexpr milliseconds kTurn{200};
    carry_out(job, {Verdict::Action::Retry, kTurn, "its session has its share of conversions"});
    return;
  }
  SignOfLife sign_of_life(queue_, job, options_.visibility, context_.clock_or_system());
  const Verdict verdict = processor_.process(job, std::ref(sign_of_life), stop);
  leave(session_id);
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

bool Worker::Impl::enter(const std::string& session_id) {
  const int limit =
      options_.per_session > 0 ? options_.per_session : std::max(1, options_.concurrency - 1);
  std::lock_guard lock(mutex_);
  int& count = in_flight_[session_id];
  if (!session_id.empty() && count >= limit) return false;
  ++count;
  context_.gauge("streamkit_conversions_in_flight", ++total_in_flight_);
  return true;
}

void Worker::Impl::leave(const std::string& session_id) {
  std::lock_guard lock(mutex_);
  if (--in_flight_[session_id] == 0) in_flight_.erase(session_id);
  context_.gauge("streamkit_conversions_in_flight", --total_in_flight_);
}

Worker::Worker(JobQueue& queue, ObjectStore& input, ObjectStore& output, SessionStore& sessions,
               StreamRecords& records, ChunkConverter& converter, WorkerOptions options,
               Context context)
    : impl_(std::make_unique<Impl>(queue, input, output, sessions, records, converter, options,
                                   context)) {}

Worker::~Worker() = default;

}  // namespace streamkit::worker

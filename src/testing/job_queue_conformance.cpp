#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <streamkit/testing/conformance.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;

class JobQueueCheck {
 public:
  JobQueueCheck(JobQueue& queue, const PassTime& pass_time, milliseconds visibility)
      : queue_(queue), pass_time_(pass_time), visibility_(visibility) {}

  Violations run() && {
    const auto depth = queue_.depth();
    if (!found_.expect_success(depth, "depth")) return std::move(found_).take();
    if (!found_.expect(depth->waiting + depth->in_flight == 0, "the queue is not empty")) {
      return std::move(found_).take();
    }
    dead_before_ = depth->dead;
    bodies_arrive_unchanged();
    delivered_jobs_are_hidden_then_return();
    lapsed_receipts_are_refused();
    completed_jobs_never_return();
    retried_jobs_return_after_their_delay();
    extended_jobs_stay_hidden();
    dead_lettered_jobs_are_dead();
    waits_end_by_time_job_and_stop();
    concurrent_receivers_share_the_jobs();
    return std::move(found_).take();
  }

 private:
  void send(std::string_view body) { found_.expect_success(queue_.send(body), "send"); }

  // A queue in a network may answer "none" though there is one; not so often in a row.
  std::optional<Job> take() {
    constexpr int kLooks = 5;
    for (int look = 0; look < kLooks; ++look) {
      auto job = queue_.receive(visibility_, milliseconds(0), {});
      if (!found_.expect_success(job, "receive")) return {};
      if (*job) return *std::move(job);
    }
    return {};
  }

  std::optional<Job> take_expected(std::string_view when) {
    auto job = take();
    found_.expect(job.has_value(), "no job is delivered " + std::string(when));
    return job;
  }

  void expect_none(std::string_view when) {
    const auto job = take();
    found_.expect(!job, "a job is delivered " + std::string(when));
    if (job) (void)queue_.complete(*job);
  }

  void expect_depth(std::uint64_t waiting, std::uint64_t in_flight, const std::string& when) {
    const auto depth = queue_.depth();
    if (!found_.expect_success(depth, "depth")) return;
    found_.expect(depth->waiting == waiting, "depth counts " + std::to_string(depth->waiting) +
                                                 " waiting, not " + std::to_string(waiting) + ", " +
                                                 when);
    found_.expect(depth->in_flight == in_flight,
                  "depth counts " + std::to_string(depth->in_flight) + " in flight, not " +
                      std::to_string(in_flight) + ", " + when);
  }

  void complete(const Job& job) { found_.expect_success(queue_.complete(job), "complete"); }

  void bodies_arrive_unchanged() {
    std::string large = R"({"Records":[],"text":"\u00e9 )"
                        "\xc3\xa9\xe2\x82\xac\"";
    large.append(100'000, 'x').append("\"}");
    for (const std::string& body : {std::string("{}"), large}) {
      send(body);
      expect_depth(1, 0, "after a send");
      const auto job = take_expected("after a send");
      if (!job) continue;
      found_.expect(job->body == body, "a body arrives changed");
      found_.expect(job->attempt == 1, "the first delivery is not attempt 1");
      complete(*job);
    }
  }

  void delivered_jobs_are_hidden_then_return() {
    send("hidden");
    const auto first = take_expected("after a send");
    if (!first) return;
    expect_none("while it is hidden");
    expect_depth(0, 1, "while the only job is hidden");
    pass_time_(visibility_ / 2);
    expect_none("before its visibility ends");
    pass_time_(visibility_);
    expect_depth(1, 0, "after the visibility of the only job ended");
    const auto second = take_expected("after its visibility ended");
    if (!second) return;
    found_.expect(second->body == "hidden", "a job returns with another body");
    found_.expect(second->attempt == 2, "the second delivery is not attempt 2");
    found_.expect(second->receipt != first->receipt, "two deliveries have the same receipt");
    pass_time_(visibility_ * 3 / 2);
    found_.expect_success(queue_.complete(*second), "complete before the job is delivered again");
    expect_none("after it was completed");
  }

  void lapsed_receipts_are_refused() {
    send("lapsing");
    const auto first = take_expected("after a send");
    if (!first) return;
    pass_time_(visibility_ * 3 / 2);
    const auto second = take_expected("after its visibility ended");
    if (!second) return;
    const std::string lapsed = " with a lapsed receipt";
    const auto code = ErrorCode::NotFound;
    found_.expect_error(queue_.complete(*first), code, "complete" + lapsed);
    found_.expect_error(queue_.retry(*first, milliseconds(0)), code, "retry" + lapsed);
    found_.expect_error(queue_.extend(*first, visibility_ * 100), code, "extend" + lapsed);
    found_.expect_error(queue_.dead_letter(*first, "late"), code, "dead_letter" + lapsed);
    expect_none("that only a lapsed receipt gave back");
    expect_depth(0, 1, "after calls with a lapsed receipt");
    pass_time_(visibility_ * 3 / 2);
    const auto third = take_expected("after its visibility ended");
    if (!third) return;
    found_.expect(third->attempt == 3, "the third delivery is not attempt 3");
    complete(*third);
  }

  void completed_jobs_never_return() {
    send("done");
    const auto job = take_expected("after a send");
    if (!job) return;
    complete(*job);
    expect_depth(0, 0, "after the only job was completed");
    pass_time_(visibility_ * 3 / 2);
    expect_none("after it was completed");
  }

  void retried_jobs_return_after_their_delay() {
    send("again");
    const auto first = take_expected("after a send");
    if (!first) return;
    found_.expect_success(queue_.retry(*first, milliseconds(0)), "retry");
    const auto second = take_expected("after a retry without delay");
    if (!second) return;
    found_.expect(second->attempt == 2, "a retried job does not come with the next attempt");
    found_.expect_success(queue_.retry(*second, visibility_), "retry with a delay");
    expect_depth(1, 0, "while a retried job waits for its delay");
    expect_none("before its delay is over");
    pass_time_(visibility_ * 3 / 2);
    const auto third = take_expected("after its delay");
    if (!third) return;
    found_.expect(third->attempt == 3, "a retried job does not come with the next attempt");
    complete(*third);
  }

  void extended_jobs_stay_hidden() {
    send("longer");
    const auto job = take_expected("after a send");
    if (!job) return;
    pass_time_(visibility_ / 2);
    found_.expect_success(queue_.extend(*job, visibility_), "extend");
    pass_time_(visibility_ * 3 / 4);
    expect_none("during the time by which it was extended");
    pass_time_(visibility_ / 2);
    const auto again = take_expected("after the time by which it was extended");
    if (again) complete(*again);
  }

  void dead_lettered_jobs_are_dead() {
    send("bad");
    const auto job = take_expected("after a send");
    if (!job) return;
    found_.expect_success(queue_.dead_letter(*job, "cannot be decoded"), "dead_letter");
    expect_depth(0, 0, "after the only job was dead-lettered");
    const auto depth = queue_.depth();
    found_.expect(depth && depth->dead == dead_before_ + 1, "depth does not count a dead job");
    pass_time_(visibility_ * 3 / 2);
    expect_none("after it was dead-lettered");
    found_.expect_error(queue_.complete(*job), ErrorCode::NotFound,
                        "complete of a dead-lettered job");
  }

  void waits_end_by_time_job_and_stop() {
    constexpr auto kForever = std::chrono::hours(1);
    std::stop_source stopped;
    stopped.request_stop();
    send("not taken");
    const auto none = queue_.receive(visibility_, kForever, stopped.get_token());
    found_.expect(none && !*none, "receive gives a job, or fails, though its stop was requested");
    if (const auto job = take_expected("after a stopped receive left it")) complete(*job);

    Result<std::optional<Job>> result = std::optional<Job>();
    std::jthread by_stop(
        [&](std::stop_token stop) { result = queue_.receive(visibility_, kForever, stop); });
    by_stop.request_stop();
    by_stop.join();
    found_.expect(result && !*result, "a waiting receive that is stopped does not end empty");

    std::jthread by_job([&] { result = queue_.receive(visibility_, kForever, {}); });
    send("wakes");
    by_job.join();
    if (found_.expect(result && *result, "a waiting receive does not get a job sent meanwhile")) {
      complete(**result);
    }

    std::atomic<bool> ended = false;
    std::jthread by_time([&] {
      result = queue_.receive(visibility_, milliseconds(50), {});
      ended = true;
    });
    while (!ended) pass_time_(milliseconds(10));
    by_time.join();
    found_.expect(result && !*result, "a receive whose wait is over does not end empty");
    waits_end_when_a_hidden_job_returns();
  }

  void waits_end_when_a_hidden_job_returns() {
    send("returns");
    if (!take_expected("after a send")) return;
    std::atomic<bool> ended = false;
    Result<std::optional<Job>> result = std::optional<Job>();
    std::jthread waiting([&] {
      result = queue_.receive(visibility_, visibility_ * 100, {});
      ended = true;
    });
    while (!ended) pass_time_(std::max(visibility_ / 20, milliseconds(1)));
    waiting.join();
    if (found_.expect(result && *result, "a waiting receive misses a job that becomes visible")) {
      complete(**result);
    }
  }

  void concurrent_receivers_share_the_jobs() {
    constexpr int kThreads = 4;
    constexpr int kEach = 25;
    run_on_threads(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) send(std::to_string(thread * kEach + i));
    });
    expect_depth(kThreads * kEach, 0, "after sends from several threads");
    std::mutex mutex;
    std::map<std::string, int> deliveries;
    run_on_threads(kThreads, [&](int) {
      while (const auto job = take()) {
        {
          std::lock_guard lock(mutex);
          ++deliveries[job->body];
        }
        complete(*job);
      }
    });
    found_.expect(deliveries.size() == kThreads * kEach, "jobs sent from several threads are lost");
    found_.expect(std::all_of(deliveries.begin(), deliveries.end(),
                              [](const auto& entry) { return entry.second == 1; }),
                  "two receivers get the same job within its visibility");
    expect_depth(0, 0, "after all jobs were completed");
  }

  JobQueue& queue_;
  const PassTime& pass_time_;
  const milliseconds visibility_;
  std::uint64_t dead_before_ = 0;
  Findings found_;
};

}  // namespace

Violations check_job_queue(JobQueue& queue, const PassTime& pass_time, milliseconds visibility) {
  return JobQueueCheck(queue, pass_time, visibility).run();
}

}  // namespace streamkit::testing

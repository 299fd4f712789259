#include <optional>
#include <streamkit/testing/conformance.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;

class JobGroupsCheck {
 public:
  JobGroupsCheck(JobQueue& queue, const PassTime& pass_time, milliseconds visibility)
      : queue_(queue), pass_time_(pass_time), visibility_(visibility) {}

  Violations run() && {
    const auto depth = queue_.depth();
    if (!found_.expect_success(depth, "depth")) return std::move(found_).take();
    if (!found_.expect(depth->waiting + depth->in_flight == 0, "the queue is not empty")) {
      return std::move(found_).take();
    }
    a_group_keeps_its_order_and_share();
    groups_take_turns();
    a_delayed_job_holds_its_group();
    jobs_without_a_group_wait_for_none();
    lost_deliveries_are_counted();
    a_retried_job_is_not_extended();
    return std::move(found_).take();
  }

 private:
  void send(std::string_view body, const JobGroup& group) {
    found_.expect_success(queue_.send_in_group(body, group), "send_in_group");
  }

  std::optional<Job> take(int per_group = 1) {
    auto job = queue_.receive_with(
        {.visibility = visibility_, .wait = milliseconds(0), .per_group = per_group}, {});
    return found_.expect_success(job, "receive_with") ? *std::move(job) : std::nullopt;
  }

  std::optional<Job> take_expected(std::string_view body, const std::string& when) {
    auto job = take();
    found_.expect(job && job->body == body, "job '" + std::string(body) + "' is not delivered " +
                                                when + ", but " + (job ? job->body : "none"));
    return job;
  }

  void expect_none(const std::string& when, int per_group = 1) {
    const auto job = take(per_group);
    found_.expect(!job, "a job is delivered " + when);
    if (job) complete(job);
  }

  void complete(const std::optional<Job>& job) {
    if (job) found_.expect_success(queue_.complete(*job), "complete");
  }

  void drain() {
    while (const auto job = take(0)) complete(job);
  }

  void a_group_keeps_its_order_and_share() {
    send("2", {"a", 2});
    send("0", {"a", 0});
    send("1", {"a", 1});
    const auto first = take_expected("0", "first of its group");
    expect_none("though its group has its share in flight");
    auto second = take(2);
    found_.expect(second && second->body == "1", "a share of two in flight is not used in order");
    expect_none("though its group has two in flight", 2);
    complete(second);
    complete(first);
    complete(take_expected("2", "after those before it"));
    drain();
  }

  void groups_take_turns() {
    for (const char* body : {"a0", "a1", "a2"}) send(body, {"a", std::uint64_t(body[1] - '0')});
    send("b0", {"b", 0});
    found_.expect_success(queue_.send("batch"), "send");
    send("b1", {"b", 1});
    for (const char* body : {"a0", "b0", "batch", "a1", "b1", "a2"}) {
      complete(take_expected(body, "when its group has its turn"));
    }
    drain();
  }

  void a_delayed_job_holds_its_group() {
    send("5", {"a", 5});
    const auto early = take_expected("5", "first of its group");
    if (!early) return;
    found_.expect_success(queue_.retry(*early, visibility_ * 4), "retry");
    send("6", {"a", 6});
    expect_none("though the one before it in its group is delayed");
    send("other", {"b", 0});
    complete(take_expected("other", "while another group is delayed"));
    send("4", {"a", 4});
    complete(take_expected("4", "before a delayed job with a higher index"));
    complete(take_expected("5", "when the one before it is done"));
    complete(take_expected("6", "in its order"));
    drain();
  }

  void jobs_without_a_group_wait_for_none() {
    for (const char* body : {"x", "y", "z"}) found_.expect_success(queue_.send(body), "send");
    const auto first = take_expected("x", "first");
    const auto second = take_expected("y", "beside another without a group");
    if (second) found_.expect_success(queue_.retry(*second, visibility_), "retry");
    complete(take_expected("z", "beside a delayed one without a group"));
    complete(first);
    pass_time_(visibility_ * 3 / 2);
    complete(take_expected("y", "after its delay"));
    drain();
  }

  void lost_deliveries_are_counted() {
    send("lost", {"a", 0});
    send("next", {"a", 1});
    auto job = take_expected("lost", "first of its group");
    found_.expect(job && job->lost_deliveries == 0, "a first delivery counts a lost one");
    for (const int lost : {1, 2}) {
      pass_time_(visibility_ * 3 / 2);
      job = take_expected("lost", "after its visibility ended");
      found_.expect(job && job->lost_deliveries == lost, "a lost delivery is not counted once");
    }
    if (job) found_.expect_success(queue_.retry(*job, milliseconds(0)), "retry");
    job = take_expected("lost", "after a retry");
    found_.expect(job && job->lost_deliveries == 2, "a retried delivery is counted as lost");
    complete(job);
    job = take_expected("next", "after the job before it");
    found_.expect(job && job->lost_deliveries == 0, "lost deliveries of another job are counted");
    complete(job);
    drain();
  }

  void a_retried_job_is_not_extended() {
    send("late", {"a", 0});
    const auto job = take_expected("late", "first of its group");
    if (!job) return;
    found_.expect_success(queue_.retry(*job, milliseconds(0)), "retry");
    found_.expect_error(queue_.extend(*job, visibility_), ErrorCode::NotFound,
                        "extend after retry");
    complete(take_expected("late", "after a late extend"));
    drain();
  }

  JobQueue& queue_;
  const PassTime& pass_time_;
  const milliseconds visibility_;
  Findings found_;
};

}  // namespace

Violations check_job_groups(JobQueue& queue, const PassTime& pass_time, milliseconds visibility) {
  return JobGroupsCheck(queue, pass_time, visibility).run();
}

}  // namespace streamkit::testing

#include <chrono>
#include <optional>
#include <streamkit/testing/conformance.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {
namespace {

class DeadLettersCheck {
 public:
  DeadLettersCheck(DeadLetters& dead_letters, JobQueue& queue)
      : dead_letters_(dead_letters), queue_(queue) {}

  Violations run() && {
    const auto depth = queue_.depth();
    if (!found_.expect_success(depth, "depth")) return std::move(found_).take();
    if (found_.expect(depth->waiting + depth->in_flight == 0, "the queue is not empty")) {
      dead_jobs_are_read_revived_and_purged();
    }
    return std::move(found_).take();
  }

 private:
  std::optional<Job> take() {
    constexpr std::chrono::minutes kLong{10};
    auto job = queue_.receive(kLong, std::chrono::milliseconds(0), {});
    return found_.expect_success(job, "receive") ? *std::move(job) : std::nullopt;
  }

  std::optional<Job> take_expected(std::string_view when) {
    auto job = take();
    found_.expect(job.has_value(), "no job is delivered " + std::string(when));
    return job;
  }

  std::vector<DeadJob> all_dead(std::size_t page) {
    std::vector<DeadJob> all;
    for (;;) {
      const auto some = dead_letters_.list(all.empty() ? "" : all.back().id, page);
      if (!found_.expect_success(some, "list")) return all;
      found_.expect(some->size() <= page, "list gives more than its limit");
      if (some->empty() || all.size() > 10'000) return all;
      all.insert(all.end(), some->begin(), some->end());
    }
  }

  void dead_letter(const std::string& body, const std::string& reason) {
    found_.expect_success(queue_.send(body), "send");
    if (const auto job = take_expected("after a send")) {
      found_.expect_success(queue_.dead_letter(*job, reason), "dead_letter");
    }
  }

  void dead_jobs_are_read_revived_and_purged() {
    const auto before = all_dead(100).size();
    for (const char* name : {"a", "b", "c"}) dead_letter(name, std::string("because of ") + name);
    const auto all = all_dead(2);
    if (!found_.expect(all.size() == before + 3, "list does not give each dead job once")) return;
    const std::vector ours(all.end() - 3, all.end());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      found_.expect(ours[i].body == name && ours[i].reason == "because of " + name,
                    "list does not give body and reason of a dead job");
      found_.expect(ours[i].attempt == 1, "list does not give the attempt of the last delivery");
    }
    const auto none = dead_letters_.list("", 0);
    found_.expect(none && none->empty(), "list with limit 0 gives something");

    found_.expect_success(dead_letters_.purge(ours[1].id), "purge");
    found_.expect_success(dead_letters_.revive(ours[0].id), "revive");
    const auto behind = dead_letters_.list(ours[1].id, 10);
    found_.expect(behind && behind->size() == 1 && behind->front().id == ours[2].id,
                  "list does not continue after a dead job that was removed");
    for (const std::string& id : {ours[0].id, ours[1].id, std::string("no such id")}) {
      found_.expect_error(dead_letters_.revive(id), ErrorCode::NotFound,
                          "revive of a job not dead");
      found_.expect_error(dead_letters_.purge(id), ErrorCode::NotFound, "purge of a job not dead");
    }
    const auto depth = queue_.depth();
    found_.expect(depth && depth->waiting == 1, "a revived job does not wait in the queue");
    if (const auto job = take_expected("after it was revived")) {
      found_.expect(job->body == "a" && job->attempt == 1, "a revived job is not as a new one");
      found_.expect_success(queue_.complete(*job), "complete");
    }
    found_.expect(!take(), "a job is delivered after it was purged");
    found_.expect_success(dead_letters_.purge(ours[2].id), "purge");
    found_.expect(all_dead(100).size() == before, "list gives jobs that were purged");
  }

  DeadLetters& dead_letters_;
  JobQueue& queue_;
  Findings found_;
};

}  // namespace

Violations check_dead_letters(DeadLetters& dead_letters, JobQueue& queue) {
  return DeadLettersCheck(dead_letters, queue).run();
}

}  // namespace streamkit::testing

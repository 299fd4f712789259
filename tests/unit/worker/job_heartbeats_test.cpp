#include "worker/job_heartbeats.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <streamkit/testing/fake_clock.hpp>

namespace streamkit::worker {
namespace {

using namespace std::chrono_literals;

// Counts signs of life; no job is taken from it.
class CountingQueue final : public JobQueue {
 public:
  Result<void> send(std::string_view) override { return {}; }
  Result<std::optional<Job>> receive(std::chrono::milliseconds, std::chrono::milliseconds,
                                     std::stop_token) override {
    return std::optional<Job>();
  }
  Result<void> complete(const Job&) override { return {}; }
  Result<void> retry(const Job&, std::chrono::milliseconds) override { return {}; }
  Result<void> extend(const Job& job, std::chrono::milliseconds visibility) override {
    std::lock_guard lock(mutex_);
    EXPECT_EQ(visibility, 9s);
    ++extended_[job.receipt];
    changed_.notify_all();
    return Error{ErrorCode::NotFound, "the job's receipt has lapsed"};
  }
  Result<void> dead_letter(const Job&, std::string_view) override { return {}; }
  Result<QueueDepth> depth() override { return QueueDepth{}; }

  bool waits_for(const std::string& receipt, int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] { return extended_[receipt] >= count; });
  }
  int extended(const std::string& receipt) {
    std::lock_guard lock(mutex_);
    return extended_[receipt];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_
  std::map<std::string, int> extended_;
};

TEST(JobHeartbeats, ExtendAllJobsThatAreKeptAndNoOther) {
  testing::FakeClock clock;
  CountingQueue queue;
  const Job always{.receipt = "always", .body = "body"};
  const Job sometimes{.receipt = "sometimes", .body = "body"};
  JobHeartbeats heartbeats(queue, 9s, {.clock = &clock});
  const auto kept = heartbeats.keep(always);
  const auto beat = [&](int number) {
    clock.await_waiters(1);
    clock.advance(3s);
    return queue.waits_for("always", number);
  };
  ASSERT_TRUE(beat(1));
  EXPECT_EQ(queue.extended("sometimes"), 0);
  auto also_kept = heartbeats.keep(sometimes);
  ASSERT_TRUE(beat(2));
  ASSERT_TRUE(queue.waits_for("sometimes", 1));
  ASSERT_TRUE(beat(3));
  ASSERT_TRUE(queue.waits_for("sometimes", 2));
  also_kept.reset();
  ASSERT_TRUE(beat(4));
  EXPECT_EQ(queue.extended("sometimes"), 2);
}

TEST(JobHeartbeats, EndsWhileItWaits) {
  testing::FakeClock clock;
  CountingQueue queue;
  const JobHeartbeats heartbeats(queue, 9s, {.clock = &clock});
  clock.await_waiters(1);
}

}  // namespace
}  // namespace streamkit::worker

#include <gtest/gtest.h>

#include <streamkit/testing/conformance.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_job_queue.hpp>

namespace streamkit::testing {
namespace {

using namespace std::chrono_literals;

TEST(MemoryJobQueue, ConformsToItsPort) {
  FakeClock clock;
  MemoryJobQueue queue({.clock = &clock});
  EXPECT_EQ(check_job_queue(queue, [&](auto time) { clock.advance(time); }), Violations{});
  EXPECT_EQ(check_job_groups(queue, [&](auto time) { clock.advance(time); }), Violations{});
  EXPECT_EQ(check_dead_letters(queue, queue), Violations{});
}

TEST(MemoryJobQueue, KeepsTheReasonOfDeadJobs) {
  MemoryJobQueue queue;
  ASSERT_TRUE(queue.send("job"));
  const auto job = queue.receive(1s, 0ms, {});
  ASSERT_TRUE(job && *job);
  ASSERT_TRUE(queue.dead_letter(**job, "broken"));
  ASSERT_EQ(queue.dead_jobs().size(), 1u);
  EXPECT_EQ(queue.dead_jobs().front().body, "job");
  EXPECT_EQ(queue.dead_jobs().front().reason, "broken");
}

}  // namespace
}  // namespace streamkit::testing

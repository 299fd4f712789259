#include <gtest/gtest.h>

#include <atomic>
#include <streamkit/testing/fake_clock.hpp>
#include <thread>

namespace streamkit::testing {
namespace {

using namespace std::chrono_literals;

TEST(FakeClock, StandsStillUntilAdvanced) {
  FakeClock clock;
  const auto steady = clock.steady_now();
  const auto system = clock.system_now();
  EXPECT_EQ(clock.steady_now(), steady);
  clock.advance(1500ms);
  EXPECT_EQ(clock.steady_now() - steady, 1500ms);
  EXPECT_EQ(clock.system_now() - system, 1500ms);
  EXPECT_EQ(clock.elapsed(), 1500ms);
}

TEST(FakeClock, SetsTheTimeOfDayAlone) {
  FakeClock clock;
  const auto steady = clock.steady_now();
  const auto earlier = clock.system_now() - 1h;
  clock.set_system_time(earlier);
  EXPECT_EQ(clock.system_now(), earlier);
  EXPECT_EQ(clock.steady_now(), steady);
  clock.advance(1s);
  EXPECT_EQ(clock.system_now(), earlier + 1s);
}

TEST(FakeClock, BlocksUntilAdvancedToTheDeadline) {
  FakeClock clock;
  std::atomic<bool> returned = false;
  bool reached = false;
  const auto deadline = clock.steady_now() + 10s;
  std::jthread waiter([&] {
    reached = clock.wait_until(deadline, {});
    returned = true;
  });
  clock.await_waiters(1);
  clock.advance(9999ms);
  EXPECT_FALSE(returned);
  clock.advance(1ms);
  waiter.join();
  EXPECT_TRUE(reached);
}

TEST(FakeClock, WakesAWaiterWhenStopped) {
  FakeClock clock;
  bool reached = true;
  std::jthread waiter(
      [&](std::stop_token stop) { reached = clock.wait_until(clock.steady_now() + 10s, stop); });
  clock.await_waiters(1);
  waiter.request_stop();
  waiter.join();
  EXPECT_FALSE(reached);
}

TEST(FakeClock, ReturnsAtOnceForAPastDeadline) {
  FakeClock clock;
  EXPECT_TRUE(clock.wait_until(clock.steady_now(), {}));
  EXPECT_TRUE(clock.wait_until(clock.steady_now() - 1s, {}));
}

TEST(FakeClock, AdvancesItselfWhenToldTo) {
  FakeClock clock(FakeWait::AutoAdvances);
  EXPECT_TRUE(clock.wait_until(clock.steady_now() + 3s, {}));
  EXPECT_EQ(clock.elapsed(), 3s);
  EXPECT_TRUE(clock.wait_until(clock.steady_now() - 1s, {}));
  EXPECT_EQ(clock.elapsed(), 3s);
}

TEST(FakeClock, DoesNotAdvanceForAStoppedWaiter) {
  FakeClock clock(FakeWait::AutoAdvances);
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_FALSE(clock.wait_until(clock.steady_now() + 3s, stopped.get_token()));
  EXPECT_EQ(clock.elapsed(), 0s);
}

}  // namespace
}  // namespace streamkit::testing

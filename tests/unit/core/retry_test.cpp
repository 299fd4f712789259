#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <streamkit/core/retry.hpp>

namespace streamkit {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, TriesThreeTimesMoreByDefault) { EXPECT_EQ(RetryPolicy{}.max_attempts, 4); }

TEST(RetryPolicy, DoublesUpToTheLongestDelay) {
  const RetryPolicy policy{.initial_delay = 100ms, .max_delay = 500ms, .jitter = 0};
  EXPECT_EQ(policy.delay_after(1, 0.9), 100ms);
  EXPECT_EQ(policy.delay_after(2, 0.9), 200ms);
  EXPECT_EQ(policy.delay_after(3, 0.9), 400ms);
  EXPECT_EQ(policy.delay_after(4, 0.9), 500ms);
  EXPECT_EQ(policy.delay_after(5, 0.9), 500ms);
}

TEST(RetryPolicy, ShortensEachDelayByTheJittersShare) {
  const RetryPolicy policy{.initial_delay = 1000ms, .max_delay = 8s, .jitter = 0.5};
  EXPECT_EQ(policy.delay_after(1, 0), 1000ms);
  EXPECT_EQ(policy.delay_after(1, 0.5), 750ms);
  EXPECT_EQ(policy.delay_after(3, 0.5), 3000ms);
}

TEST(RetryPolicy, StaysWithinItsBoundsForAnyAttemptAndRandomNumber) {
  const RetryPolicy policy{.initial_delay = 300ms, .max_delay = 7s, .jitter = 0.4};
  std::mt19937 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int attempt = 1; attempt < 200; ++attempt) {
    const auto longest = policy.delay_after(attempt, 0);
    const auto delay = policy.delay_after(attempt, unit(random));
    EXPECT_LE(delay, longest);
    EXPECT_GE(static_cast<double>(delay.count()), 0.6 * static_cast<double>(longest.count()) - 1);
    EXPECT_LE(longest, policy.max_delay);
  }
}

TEST(RetryPolicy, DoesNotOverflow) {
  const RetryPolicy policy{.initial_delay = 24h, .max_delay = 48h, .jitter = 0};
  EXPECT_EQ(policy.delay_after(std::numeric_limits<int>::max(), 0), 48h);
}

TEST(RetryPolicy, TakesAJitterAndARandomNumberOutOfRangeAsTheNearestInRange) {
  const RetryPolicy policy{.initial_delay = 1s, .max_delay = 8s, .jitter = 3};
  EXPECT_EQ(policy.delay_after(1, 0.5), 500ms);
  EXPECT_EQ(policy.delay_after(1, 2), 0ms);
  EXPECT_EQ(policy.delay_after(-5, -1), 1s);
}

}  // namespace
}  // namespace streamkit

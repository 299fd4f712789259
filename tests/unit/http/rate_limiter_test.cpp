#include <streamkit/http/rate_limiter.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <string>
#include <thread>
#include <vector>

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  testing::FakeClock clock;
  RateLimiter limiter({.per_second = 2, .burst = 3}, clock);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a"));
  EXPECT_EQ(limiter.take("a"), milliseconds(500));
  clock.advance(milliseconds(499));
  EXPECT_TRUE(limiter.take("a"));
  clock.advance(milliseconds(1));
  EXPECT_FALSE(limiter.take("a"));
  clock.advance(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("a")) << "a pause fills the bucket once";
}

TEST(RateLimiter, KeysDoNotSlowEachOtherDown) {
  testing::FakeClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1}, clock);
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_TRUE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("b"));
}

TEST(RateLimiter, TakesWeightsAndLooksWithoutTaking) {
  testing::FakeClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1}, clock);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limiter.take("a", 0.25));
  EXPECT_TRUE(limiter.take("a", 0.25));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limiter.look("b"));
  EXPECT_FALSE(limiter.take("b"));
  EXPECT_TRUE(limiter.look("b"));
}

TEST(RateLimiter, ZeroIsNoLimit) {
  testing::FakeClock clock;
  RateLimiter limiter({}, clock);
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(limiter.take("a"));
  EXPECT_EQ(limiter.size(), 0u);
}

TEST(RateLimiter, TheTableIsBoundedAndStrangersShare) {
  testing::FakeClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1}, clock, 160);
  EXPECT_FALSE(limiter.take("known"));
  int refused = 0;
  for (int i = 0; i < 10'000; ++i) refused += limiter.take(std::to_string(i)).has_value();
  EXPECT_LE(limiter.size(), 160u);
  EXPECT_GT(refused, 9'000);
  clock.advance(std::chrono::seconds(2));
  EXPECT_FALSE(limiter.take("known")) << "who is known keeps a bucket";
  // Those that have been silent make room.
  refused = 0;
  for (int i = 0; i < 100; ++i) refused += limiter.take("later" + std::to_string(i)).has_value();
  EXPECT_LT(refused, 30);
}

TEST(RateLimiter, ManyThreadsTakeNoMoreThanThereIs) {
  testing::FakeClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1000}, clock);
  std::atomic<int> taken = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) taken += !limiter.take("a");
    });
  }
  threads.clear();
  EXPECT_EQ(taken, 1000);
}

}  // namespace
}  // namespace streamkit::http

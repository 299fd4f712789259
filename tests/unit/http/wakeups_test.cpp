#include "http/wakeups.hpp"

#include <gtest/gtest.h>

namespace streamkit::http {
namespace {

struct CountingWaiter final : Wakeups::Waiter {
  void notify() override {}
};

class TopicsTest : public ::testing::Test {
 protected:
  std::vector<Wakeups::Waiter*> take_all(std::string_view topic) {
    const auto version = topics_.wake(topic);
    if (!version) return {};
    return topics_.take(topic, *version, 100);
  }

  Wakeups topics_;
  CountingWaiter a_;
  CountingWaiter b_;
};

TEST_F(TopicsTest, WakesThoseOfTheTopicOnce) {
  ASSERT_TRUE(topics_.wait("x", a_, topics_.version()));
  ASSERT_TRUE(topics_.wait("y", b_, topics_.version()));
  EXPECT_EQ(take_all("x"), std::vector<Wakeups::Waiter*>{&a_});
  EXPECT_TRUE(take_all("x").empty());
  EXPECT_EQ(take_all("y"), std::vector<Wakeups::Waiter*>{&b_});
}

TEST_F(TopicsTest, LetsNobodyWaitWhoseTopicWasWokenMeanwhile) {
  const auto before = topics_.version();
  EXPECT_FALSE(topics_.wake("x"));
  EXPECT_FALSE(topics_.wait("x", a_, before));
  EXPECT_TRUE(topics_.wait("y", a_, before));
}

TEST_F(TopicsTest, ForgetsWhoLeaves) {
  ASSERT_TRUE(topics_.wait("x", a_, topics_.version()));
  topics_.leave("x", a_);
  topics_.leave("x", a_);
  topics_.leave("never heard of", a_);
  EXPECT_FALSE(topics_.wake("x"));
}

TEST_F(TopicsTest, AskInsteadOfWaitingWhenTooMuchWasWokenToRemember) {
  const auto before = topics_.version();
  for (int i = 0; i < 256; ++i) EXPECT_FALSE(topics_.wake("other " + std::to_string(i)));
  EXPECT_TRUE(topics_.wait("x", a_, before));
  topics_.leave("x", a_);
  EXPECT_FALSE(topics_.wake("one more"));
  EXPECT_FALSE(topics_.wait("x", a_, before));
  EXPECT_TRUE(topics_.wait("x", a_, topics_.version()));
}

TEST_F(TopicsTest, TakesInBatchesAndLeavesWhoCameAfterTheWakeUp) {
  std::vector<CountingWaiter> waiters(5);
  for (auto& waiter : waiters) ASSERT_TRUE(topics_.wait("x", waiter, topics_.version()));
  const auto version = topics_.wake("x");
  ASSERT_TRUE(version);
  EXPECT_EQ(topics_.take("x", *version, 3).size(), 3u);
  ASSERT_TRUE(topics_.wait("x", a_, topics_.version()));
  EXPECT_EQ(topics_.take("x", *version, 3).size(), 2u);
  EXPECT_TRUE(topics_.take("x", *version, 3).empty());
  EXPECT_EQ(take_all("x"), std::vector<Wakeups::Waiter*>{&a_});
}

}  // namespace
}  // namespace streamkit::http

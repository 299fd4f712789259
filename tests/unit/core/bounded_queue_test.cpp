#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <numeric>
#include <stop_token>
#include <streamkit/core/bounded_queue.hpp>
#include <string>
#include <thread>
#include <vector>

namespace streamkit {
namespace {

// Gives the other thread every chance to return wrongly; never makes a right one fail.
bool still_waits(const std::future<bool>& call) {
  constexpr int kChances = 500;
  for (int i = 0; i < kChances; ++i) {
    std::this_thread::yield();
    if (call.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return false;
  }
  return true;
}

BoundedQueue<std::string>::Weigh by_length() {
  return [](const std::string& item) { return item.size(); };
}

TEST(BoundedQueue, HandsOverInOrder) {
  BoundedQueue<int> queue(3);
  for (const int item : {1, 2, 3}) ASSERT_TRUE(queue.push(item));
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(BoundedQueue, TakesMoveOnlyItems) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  ASSERT_TRUE(queue.push(std::make_unique<int>(4)));
  EXPECT_EQ(**queue.pop(), 4);
}

TEST(BoundedQueue, PushWaitsWhileFullUntilAPop) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(1));
  auto push = std::async(std::launch::async, [&] { return queue.push(2); });
  EXPECT_TRUE(still_waits(push));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(push.get());
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, CountsWeightNotItems) {
  BoundedQueue<std::string> queue(10, by_length());
  ASSERT_TRUE(queue.push("1234"));
  ASSERT_TRUE(queue.push("123456"));  // exactly full
  auto push = std::async(std::launch::async, [&] { return queue.push("12345"); });
  EXPECT_TRUE(still_waits(push));
  EXPECT_EQ(queue.pop(), "1234");  // 6 + 5 is still too much
  EXPECT_TRUE(still_waits(push));
  EXPECT_EQ(queue.pop(), "123456");
  EXPECT_TRUE(push.get());
}

TEST(BoundedQueue, LetsAnItemHeavierThanTheCapacityInAlone) {
  BoundedQueue<std::string> queue(4, by_length());
  ASSERT_TRUE(queue.push("a"));
  auto heavy = std::async(std::launch::async, [&] { return queue.push("longer than four"); });
  EXPECT_TRUE(still_waits(heavy));
  EXPECT_EQ(queue.pop(), "a");
  EXPECT_TRUE(heavy.get());
  auto after = std::async(std::launch::async, [&] { return queue.push("b"); });
  EXPECT_TRUE(still_waits(after));
  EXPECT_EQ(queue.pop(), "longer than four");
  EXPECT_TRUE(after.get());
}

TEST(BoundedQueue, CloseLetsTheRestDrainAndRefusesMore) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.push(1));
  ASSERT_TRUE(queue.push(2));
  queue.close();
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, CloseWakesWhoWaitsOnEitherSide) {
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.push(1));
  auto push = std::async(std::launch::async, [&] { return full.push(2); });
  BoundedQueue<int> empty(1);
  auto pop = std::async(std::launch::async, [&] { return empty.pop().has_value(); });
  EXPECT_TRUE(still_waits(push));
  EXPECT_TRUE(still_waits(pop));
  full.close();
  empty.close();
  EXPECT_FALSE(push.get());
  EXPECT_FALSE(pop.get());
}

TEST(BoundedQueue, StopWakesWhoWaitsOnEitherSide) {
  std::stop_source stop;
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.push(1));
  auto push = std::async(std::launch::async, [&] { return full.push(2, stop.get_token()); });
  BoundedQueue<int> empty(1);
  auto pop =
      std::async(std::launch::async, [&] { return empty.pop(stop.get_token()).has_value(); });
  EXPECT_TRUE(still_waits(push));
  EXPECT_TRUE(still_waits(pop));
  stop.request_stop();
  EXPECT_FALSE(push.get());
  EXPECT_FALSE(pop.get());
  EXPECT_EQ(full.size(), 1U);
}

TEST(BoundedQueue, ARequestedStopRefusesEvenWithoutWaiting) {
  std::stop_source stop;
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.push(1));
  stop.request_stop();
  EXPECT_FALSE(queue.push(2, stop.get_token()));
  EXPECT_EQ(queue.pop(stop.get_token()), std::nullopt);
  EXPECT_EQ(queue.pop(), 1);
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kItemsEach = 2000;
  constexpr std::size_t kCapacity = 8;
  BoundedQueue<int> queue(kCapacity);
  std::atomic<std::size_t> largest = 0;
  std::vector<std::vector<int>> taken(kThreads);
  {
    std::vector<std::jthread> consumers;
    for (auto& mine : taken) {
      consumers.emplace_back([&] {
        while (const auto item = queue.pop()) {
          mine.push_back(*item);
          std::size_t seen = largest;
          const std::size_t size = queue.size();
          while (size > seen && !largest.compare_exchange_weak(seen, size)) {
          }
        }
      });
    }
    {
      std::vector<std::jthread> producers;
      for (int t = 0; t < kThreads; ++t) {
        producers.emplace_back([&queue, t] {
          for (int i = 0; i < kItemsEach; ++i) EXPECT_TRUE(queue.push(t * kItemsEach + i));
        });
      }
    }
    queue.close();
  }
  std::vector<int> count(kThreads * kItemsEach, 0);
  for (const auto& items : taken) {
    std::vector<int> last(kThreads, -1);
    for (const int item : items) {
      ++count[static_cast<std::size_t>(item)];
      int& before = last[static_cast<std::size_t>(item / kItemsEach)];
      EXPECT_GT(item, before) << "one producer's items overtook each other";
      before = item;
    }
  }
  EXPECT_EQ(count, std::vector<int>(kThreads * kItemsEach, 1));
  EXPECT_LE(largest, kCapacity);
}

}  // namespace
}  // namespace streamkit

#include "http/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "http/connection_limits.hpp"
#include "http/response_head.hpp"

namespace streamkit::http {
namespace {

TEST(BlockingPoolTest, RunsWhatItIsGiven) {
  BlockingPool pool(2, 100);
  std::latch done(10);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.submit([&] { done.count_down(); }));
  done.wait();
}

TEST(BlockingPoolTest, TakesNoMoreThanItsQueueHolds) {
  BlockingPool pool(1, 2);
  std::latch entered(1);
  std::latch leave(1);
  ASSERT_TRUE(pool.submit([&] {
    entered.count_down();
    leave.wait();
  }));
  entered.wait();
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.submit([&] { ++ran; }));
  EXPECT_TRUE(pool.submit([&] { ++ran; }));
  EXPECT_FALSE(pool.submit([&] { ++ran; }));
  leave.count_down();
  while (ran < 2) std::this_thread::yield();
}

TEST(BlockingPoolTest, StopDropsWhatWaits) {
  BlockingPool pool(1, 2);
  std::latch entered(1);
  std::latch leave(1);
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.submit([&] {
    entered.count_down();
    leave.wait();
    ++ran;
  }));
  entered.wait();
  const auto held = std::make_shared<int>();
  ASSERT_TRUE(pool.submit([&, held] { ++ran; }));
  std::jthread stopper([&] { pool.stop(); });
  while (held.use_count() > 1) std::this_thread::yield();
  leave.count_down();
  stopper.join();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(pool.submit([&] { ++ran; }));
}

TEST(ClientCountsTest, BoundsEachAddressAlone) {
  ConnectionLimits counts(2);
  EXPECT_TRUE(counts.enter("192.0.2.1"));
  EXPECT_TRUE(counts.enter("192.0.2.1"));
  EXPECT_FALSE(counts.enter("192.0.2.1"));
  EXPECT_TRUE(counts.enter("192.0.2.2"));
  counts.leave("192.0.2.1");
  EXPECT_TRUE(counts.enter("192.0.2.1"));
}

TEST(ClientCountsTest, TakesAnIpv6SubscriberForOneClient) {
  ConnectionLimits counts(1);
  EXPECT_TRUE(counts.enter("2001:db8:1:1::1"));
  EXPECT_FALSE(counts.enter("2001:db8:1:1:ffff::2"));
  EXPECT_TRUE(counts.enter("2001:db8:1:2::1"));
}

TEST(ClientCountsTest, ExemptsLoopbackAndZeroMeansNoBound) {
  ConnectionLimits counts(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(counts.enter("127.0.0.1"));
    EXPECT_TRUE(counts.enter("127.5.5.5"));
    EXPECT_TRUE(counts.enter("::1"));
  }
  ConnectionLimits unbounded(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(unbounded.enter("192.0.2.1"));
}

TEST(HttpHeadTest, TellsWhereTheBodyEnds) {
  const auto response = text_response(200, "text/plain", "body");
  const auto contains = [&](HeadOptions options, std::string_view text) {
    return format_head(response, options, "D").find(text) != std::string::npos;
  };
  EXPECT_TRUE(contains({}, "Content-Length: 4\r\n"));
  EXPECT_FALSE(contains({}, "Connection"));
  EXPECT_TRUE(contains({.keep_alive = false}, "Connection: close\r\n"));
  EXPECT_TRUE(contains({true, BodyFraming::Chunked}, "Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(contains({true, BodyFraming::Chunked}, "Content-Length"));
  EXPECT_FALSE(contains({false, BodyFraming::UntilClose}, "Content-Length"));
  EXPECT_FALSE(contains({false, BodyFraming::UntilClose}, "Transfer-Encoding"));
}

TEST(HttpHeadTest, DatesChangeWithTheSecond) {
  const auto at = [](std::int64_t milliseconds) {
    return WallTime(
        std::chrono::duration_cast<WallTime::duration>(std::chrono::milliseconds(milliseconds)));
  };
  DateText date;
  EXPECT_EQ(date.at(at(784'111'777'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(at(784'111'777'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(at(784'111'778'000)), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.at(at(784'111'777'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace streamkit::http

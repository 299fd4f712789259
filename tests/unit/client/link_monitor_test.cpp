#include "client/link_monitor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace streamkit::client {
namespace {

using namespace std::chrono_literals;

UploadSample sample(double bits_per_second, std::chrono::nanoseconds elapsed,
                    MediaTime duration = 5s) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  return {static_cast<std::uint64_t>(bits_per_second * seconds / 8), elapsed, duration};
}

TEST(LinkMonitor, IsTheFirstUploadAndThenAnAverage) {
  LinkMonitor monitor;
  EXPECT_EQ(monitor.status().bits_per_second, 0);
  monitor.add(sample(8e6, 1s));
  EXPECT_NEAR(monitor.status().bits_per_second, 8e6, 10);
  EXPECT_NEAR(monitor.status().load, 0.2, 1e-6);
  monitor.add(sample(4e6, 2s));
  EXPECT_NEAR(monitor.status().bits_per_second, 6.8e6, 10);
  EXPECT_GT(monitor.status().load, 0.2);
}

TEST(LinkMonitor, IsSlowUntilItIsClearlyFastAgain) {
  LinkMonitor monitor;
  monitor.add(sample(1e6, 6s));
  EXPECT_TRUE(monitor.is_slow());
  monitor.add(sample(1e6, 4500ms));  // the average is 1.11
  EXPECT_TRUE(monitor.is_slow());
  while (monitor.status().load > 0.86) {
    EXPECT_TRUE(monitor.is_slow());
    monitor.add(sample(1e6, 4s));
  }
  for (int i = 0; i < 10; ++i) monitor.add(sample(1e6, 4s));
  EXPECT_FALSE(monitor.is_slow());
}

TEST(LinkMonitor, SurvivesAClockThatDoesNotMove) {
  LinkMonitor monitor;
  monitor.add({1000, 0ns, MediaTime{0}});
  EXPECT_GT(monitor.status().bits_per_second, 0);
  EXPECT_FALSE(monitor.is_slow());
}

// A stream over a link: what is encoded at a rate is uploaded later, one chunk after another.
class Simulation {
 public:
  explicit Simulation(AdaptiveBitRate options) : options_(options), controller_(options) {}

  // Encodes and uploads `chunks` over a link of this speed.
  void run(double link_bps, int chunks) {
    for (int i = 0; i < chunks; ++i) {
      const double bits = (controller_.bit_rate_bps() + options_.audio_bps) * 5.0;
      cut_ += 5;
      sent_ = std::max(sent_, cut_);
      const double seconds = bits / link_bps;
      sent_ += seconds;
      const UploadSample upload{static_cast<std::uint64_t>(bits / 8),
                                std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)),
                                5s};
      monitor_.add(upload);
      lowest_ = std::min(lowest_, controller_.update(upload, monitor_.status()));
    }
  }
  [[nodiscard]] double lag() const { return sent_ - cut_; }
  [[nodiscard]] int rate() const { return controller_.bit_rate_bps(); }
  [[nodiscard]] int lowest() const { return lowest_; }

 private:
  AdaptiveBitRate options_;
  BitRateController controller_;
  LinkMonitor monitor_;
  double cut_ = 0;
  double sent_ = 0;
  int lowest_ = 1 << 30;
};

TEST(BitRateController, FollowsALinkDownAndUpAgain) {
  Simulation stream({.max_bps = 4'000'000, .min_bps = 300'000});
  stream.run(20e6, 10);
  EXPECT_EQ(stream.rate(), 4'000'000);
  stream.run(2e6, 10);
  EXPECT_LE(stream.rate(), 1'800'000);
  EXPECT_GE(stream.rate(), 1'000'000);
  EXPECT_LE(stream.lag(), 5.0) << "the stream caught up with real time";
  stream.run(20e6, 40);
  EXPECT_EQ(stream.rate(), 4'000'000);
}

TEST(BitRateController, DoesNotSwingOnALinkThatIsJustEnough) {
  Simulation stream({.max_bps = 4'000'000});
  stream.run(3e6, 10);
  const int settled = stream.rate();
  for (int i = 0; i < 50; ++i) {
    stream.run(3e6, 1);
    EXPECT_EQ(stream.rate(), settled);
  }
}

TEST(BitRateController, StaysWithinItsBounds) {
  Simulation stream({.max_bps = 1'000'000, .min_bps = 400'000});
  stream.run(0.1e6, 10);
  EXPECT_EQ(stream.rate(), 400'000);
  stream.run(100e6, 100);
  EXPECT_EQ(stream.rate(), 1'000'000);
}

TEST(BitRateController, ChunksOfAnOutageDoNotLowerTheRateFurther) {
  BitRateController controller({.max_bps = 1'000'000, .min_bps = 100'000});
  LinkMonitor monitor;
  const auto upload = [&](const UploadSample& sample) {
    monitor.add(sample);
    return controller.update(sample, monitor.status());
  };
  const int lowered = upload(sample(1e6, 5640ms));
  EXPECT_LT(lowered, 1'000'000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(upload(sample(1e6, 5640ms)), lowered);
}

TEST(BitRateController, DoesNothingUnlessAsked) {
  BitRateController controller({});
  LinkMonitor monitor;
  EXPECT_EQ(controller.update(sample(1e3, 60s), monitor.status()), 0);
}

}  // namespace
}  // namespace streamkit::client

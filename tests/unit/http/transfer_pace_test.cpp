#include "http/transfer_pace.hpp"

#include <gtest/gtest.h>

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TransferPace::Time kStart{};
constexpr milliseconds kPeriod{20'000};

// Moves `bytes` each second until the pace ends. Returns the seconds, at most `most`.
int lifetime(std::uint64_t bytes, int most) {
  TransferPace pace(100, kPeriod, kStart);
  for (int second = 1; second <= most; ++second) {
    const auto now = kStart + seconds(second);
    if (pace.end() <= now) return second;
    if (pace.add(bytes)) pace.begin(now);
  }
  return most;
}

TEST(TransferPaceTest, EndsWhatIsSlowerThanTheRate) {
  EXPECT_EQ(lifetime(0, 1000), 20);
  EXPECT_EQ(lifetime(1, 1000), 20);
  EXPECT_LT(lifetime(90, 1000), 100);
}

TEST(TransferPaceTest, LetsTheRateAndMoreGoOn) {
  EXPECT_EQ(lifetime(106, 1000), 1000);
  EXPECT_EQ(lifetime(1'000'000, 1000), 1000);
}

TEST(TransferPaceTest, ABurstBuysOnePeriodOnly) {
  TransferPace pace(100, kPeriod, kStart);
  ASSERT_TRUE(pace.add(1'000'000'000));
  pace.begin(kStart + seconds(1));
  EXPECT_EQ(pace.end(), kStart + seconds(21));
  EXPECT_FALSE(pace.add(1999));
  EXPECT_TRUE(pace.add(1));
}

TEST(TransferPaceTest, TheServersOwnWaitsDoNotCount) {
  TransferPace pace(100, kPeriod, kStart);
  pace.pause(seconds(7));
  EXPECT_EQ(pace.end(), kStart + seconds(27));
}

TEST(TransferPaceTest, ZeroIsNoLeastRate) {
  for (TransferPace pace : {TransferPace(), TransferPace(0, kPeriod, kStart)}) {
    EXPECT_EQ(pace.end(), TransferPace::Time::max());
    EXPECT_FALSE(pace.add(1'000'000));
    pace.pause(seconds(5));
    EXPECT_EQ(pace.end(), TransferPace::Time::max());
  }
  // A rate and a period that together make less than one byte still want one.
  TransferPace slow(1, milliseconds(1), kStart);
  EXPECT_TRUE(slow.add(1));
}

}  // namespace
}  // namespace streamkit::http

#include "load/latencies.hpp"

#include <gtest/gtest.h>

namespace streamkit::load {
namespace {

using std::chrono::milliseconds;

TEST(Latencies, GivesPercentilesWhateverTheOrder) {
  Latencies latencies;
  for (int i = 100; i >= 0; --i) latencies.add(milliseconds(i));
  EXPECT_EQ(latencies.count(), 101U);
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(0), 0);
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 50);
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(99), 99);
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(100), 100);
}

TEST(Latencies, OfNothingAreZero) { EXPECT_DOUBLE_EQ(Latencies().percentile_ms(99), 0); }

TEST(Latencies, KeepWhatIsBeyondTheirRangeAtItsEnd) {
  Latencies latencies;
  latencies.add(milliseconds(-1));
  latencies.add(std::chrono::hours(48));
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(0), 0);
  EXPECT_DOUBLE_EQ(latencies.percentile_ms(100), 4'294'967.295);
}

}  // namespace
}  // namespace streamkit::load

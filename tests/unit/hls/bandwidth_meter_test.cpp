#include <gtest/gtest.h>

#include <random>
#include <streamkit/hls/bandwidth_meter.hpp>
#include <vector>

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(BandwidthMeter, MeasuresPeakAndAverage) {
  BandwidthMeter meter(seconds(2));
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{0, 0}));
  meter.add(seconds(2), 250'000);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{1'000'000, 1'000'000}));
  meter.add(seconds(2), 500'000);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{2'000'000, 1'500'000}));
  meter.add(seconds(2), 0);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{2'000'000, 1'000'000}));
}

// A short segment does not count alone, but with its neighbours.
TEST(BandwidthMeter, MeasuresSetsFromHalfToOneAndAHalfTargets) {
  BandwidthMeter meter(seconds(2));
  meter.add(milliseconds(500), 125'000);  // alone 2 Mbit/s
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{2'000'000, 2'000'000})) << "there is no other";
  meter.add(milliseconds(1500), 125'000);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{1'000'000, 1'000'000}));
  meter.add(milliseconds(1500), 375'000);  // alone 2 Mbit/s; the two together, of 3 s, 1.33
  EXPECT_EQ(meter.bandwidth().peak_bps, 2'000'000U);
}

TEST(BandwidthMeter, ALongSegmentCountsAlone) {
  BandwidthMeter meter(seconds(2));
  meter.add(seconds(10), 2'500'000);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{2'000'000, 2'000'000}));
}

TEST(BandwidthMeter, RoundsUpAndIgnoresWhatHasNoDuration) {
  BandwidthMeter meter(seconds(2));
  meter.add(MediaTime{0}, 1000);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{0, 0}));
  meter.add(seconds(3), 1);
  EXPECT_EQ(meter.bandwidth(), (Bandwidth{3, 3}));
}

// Compared with all sets, tried one after another.
TEST(BandwidthMeter, FindsTheSameAsASearchOfAllSets) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    BandwidthMeter meter(seconds(4));
    std::vector<std::pair<std::int64_t, std::uint64_t>> segments;  // ms, bytes
    for (int i = 0; i < 60; ++i) {
      segments.emplace_back(100 * (1 + random() % 60), random() % 1'000'000);
      meter.add(milliseconds(segments.back().first), segments.back().second);
    }
    double peak = 0;
    for (std::size_t from = 0; from < segments.size(); ++from) {
      std::int64_t millis = 0;
      std::uint64_t bytes = 0;
      for (std::size_t to = from; to < segments.size(); ++to) {
        millis += segments[to].first;
        bytes += segments[to].second;
        if (millis > 6000 && to > from) break;
        if (millis < 2000) continue;
        peak = std::max(peak, 8000.0 * static_cast<double>(bytes) / static_cast<double>(millis));
      }
    }
    EXPECT_NEAR(static_cast<double>(meter.bandwidth().peak_bps), peak, 1.0) << round;
  }
}

}  // namespace
}  // namespace streamkit::hls

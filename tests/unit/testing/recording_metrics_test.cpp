#include <gtest/gtest.h>

#include <streamkit/testing/recording_metrics.hpp>

namespace streamkit::testing {
namespace {

TEST(RecordingMetrics, KeepsEachKindByName) {
  RecordingMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("jobs_total");
  context.count("jobs_total", 2);
  context.gauge("depth", 4);
  context.gauge("depth", 3);
  context.observe("conversion_seconds", 1.5);
  context.observe("conversion_seconds", 0.5);
  EXPECT_EQ(metrics.counter("jobs_total"), 3);
  EXPECT_EQ(metrics.gauge("depth"), 3);
  EXPECT_EQ(metrics.observations("conversion_seconds"), (std::vector<double>{1.5, 0.5}));
}

TEST(RecordingMetrics, TellsWhatWasNeverMeasured) {
  const RecordingMetrics metrics;
  EXPECT_EQ(metrics.counter("jobs_total"), 0);
  EXPECT_EQ(metrics.gauge("depth"), std::nullopt);
  EXPECT_TRUE(metrics.observations("conversion_seconds").empty());
}

}  // namespace
}  // namespace streamkit::testing

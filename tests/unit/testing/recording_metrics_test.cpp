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

TEST(RecordingMetrics, KeepsEachSeriesOfANameApart) {
  RecordingMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("jobs_total", 1, {{"outcome", "done"}, {"kind", "a"}});
  context.count("jobs_total", 2, {{"outcome", "failed"}, {"kind", "a"}});
  context.gauge("depth", 4, {{"queue", "b"}});
  context.observe("conversion_seconds", 1.5, {{"mode", "sbs"}});
  EXPECT_EQ(metrics.counter("jobs_total{outcome=\"done\",kind=\"a\"}"), 1);
  EXPECT_EQ(metrics.counter("jobs_total{outcome=\"failed\",kind=\"a\"}"), 2);
  EXPECT_EQ(metrics.counter("jobs_total"), 0);
  EXPECT_EQ(metrics.gauge("depth{queue=\"b\"}"), 4);
  EXPECT_EQ(metrics.observations("conversion_seconds{mode=\"sbs\"}"), std::vector<double>{1.5});
}

TEST(RecordingMetrics, TellsWhatWasNeverMeasured) {
  const RecordingMetrics metrics;
  EXPECT_EQ(metrics.counter("jobs_total"), 0);
  EXPECT_EQ(metrics.gauge("depth"), std::nullopt);
  EXPECT_TRUE(metrics.observations("conversion_seconds").empty());
}

}  // namespace
}  // namespace streamkit::testing

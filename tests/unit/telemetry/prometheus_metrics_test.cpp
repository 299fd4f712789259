#include <streamkit/telemetry/prometheus_metrics.hpp>

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace streamkit::telemetry {
namespace {

TEST(PrometheusMetricsTest, PrintsCountersAndGauges) {
  PrometheusMetrics metrics;
  metrics.add("chunks_total{outcome=\"converted\"}", 2);
  metrics.add("chunks_total{outcome=\"failed\"}", 1);
  metrics.add("chunks_total{outcome=\"converted\"}", 1);
  metrics.set("queue_depth", 7);
  metrics.set("queue_depth", 0.5);
  EXPECT_EQ(metrics.render(),
            "# TYPE chunks_total counter\n"
            "chunks_total{outcome=\"converted\"} 3\n"
            "chunks_total{outcome=\"failed\"} 1\n"
            "# TYPE queue_depth gauge\n"
            "queue_depth 0.5\n");
}

TEST(PrometheusMetricsTest, PrintsCumulativeHistograms) {
  PrometheusMetrics metrics;
  metrics.observe("convert_seconds{mode=\"sbs\"}", 0.2);
  metrics.observe("convert_seconds{mode=\"sbs\"}", 100);
  const std::string text = metrics.render();
  EXPECT_NE(text.find("# TYPE convert_seconds histogram\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_bucket{mode=\"sbs\",le=\"0.1\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_bucket{mode=\"sbs\",le=\"0.25\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_bucket{mode=\"sbs\",le=\"60\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_bucket{mode=\"sbs\",le=\"+Inf\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_sum{mode=\"sbs\"} 100.2\n"), std::string::npos);
  EXPECT_NE(text.find("convert_seconds_count{mode=\"sbs\"} 2\n"), std::string::npos);
}

TEST(PrometheusMetricsTest, PrintsHistogramsWithoutLabels) {
  PrometheusMetrics metrics;
  metrics.observe("wait_seconds", 1);
  const std::string text = metrics.render();
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"1\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_count 1\n"), std::string::npos);
}

TEST(PrometheusMetricsTest, PrintsHelpWhereThereIsOne) {
  PrometheusMetrics metrics;
  metrics.describe("chunks_total", "Chunks.");
  metrics.add("chunks_total{outcome=\"a\"}", 0);
  metrics.add("chunks_total{outcome=\"b\"}", 1);
  EXPECT_EQ(metrics.render(),
            "# HELP chunks_total Chunks.\n"
            "# TYPE chunks_total counter\n"
            "chunks_total{outcome=\"a\"} 0\n"
            "chunks_total{outcome=\"b\"} 1\n");
}

TEST(PrometheusMetricsTest, AddsUpWhatManyThreadsCount) {
  PrometheusMetrics metrics;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) {
        metrics.add("requests_total", 1);
        metrics.observe("wait_seconds", 0.001);
      }
    });
  }
  threads.clear();
  const std::string text = metrics.render();
  EXPECT_NE(text.find("requests_total 4000\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"0.001\"} 4000\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_count 4000\n"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::telemetry

#include <streamkit/telemetry/prometheus_metrics.hpp>

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace streamkit::telemetry {
namespace {

TEST(PrometheusMetricsTest, PrintsCountersAndGauges) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("chunks_total", 2, {{"outcome", "converted"}});
  context.count("chunks_total", 1, {{"outcome", "failed"}});
  context.count("chunks_total", 1, {{"outcome", "converted"}});
  context.gauge("queue_depth", 7);
  context.gauge("queue_depth", 0.5);
  EXPECT_EQ(metrics.render(),
            "# TYPE chunks_total counter\n"
            "chunks_total{outcome=\"converted\"} 3\n"
            "chunks_total{outcome=\"failed\"} 1\n"
            "# TYPE queue_depth gauge\n"
            "queue_depth 0.5\n");
}

TEST(PrometheusMetricsTest, PrintsCumulativeHistograms) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  context.observe("convert_seconds", 0.2, {{"mode", "sbs"}});
  context.observe("convert_seconds", 100, {{"mode", "sbs"}});
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
  const Context context{.metrics = &metrics};
  context.observe("wait_seconds", 1);
  const std::string text = metrics.render();
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"1\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_count 1\n"), std::string::npos);
}

TEST(PrometheusMetricsTest, PrintsHelpWhereThereIsOne) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  metrics.describe("chunks_total", "Chunks.");
  context.count("chunks_total", 0, {{"outcome", "a"}});
  context.count("chunks_total", 1, {{"outcome", "b"}});
  EXPECT_EQ(metrics.render(),
            "# HELP chunks_total Chunks.\n"
            "# TYPE chunks_total counter\n"
            "chunks_total{outcome=\"a\"} 0\n"
            "chunks_total{outcome=\"b\"} 1\n");
}

TEST(PrometheusMetricsTest, PrintsSeveralLabelsInTheirOrder) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("requests_total", 1, {{"route", "playlist"}, {"status", "2xx"}});
  context.count("requests_total", 2, {{"route", "playlist"}, {"status", "4xx"}});
  context.count("requests_total", 4, {{"route", "playlist"}, {"status", "2xx"}});
  context.gauge("viewers", 3, {{"kind", "live"}});
  EXPECT_EQ(metrics.render(),
            "# TYPE requests_total counter\n"
            "requests_total{route=\"playlist\",status=\"2xx\"} 5\n"
            "requests_total{route=\"playlist\",status=\"4xx\"} 2\n"
            "# TYPE viewers gauge\n"
            "viewers{kind=\"live\"} 3\n");
}

TEST(PrometheusMetricsTest, EscapesLabelValues) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("paths_total", 1, {{"path", "C:\\a \"b\"\nc{d}"}, {"empty", ""}});
  context.observe("wait_seconds", 100, {{"path", "\""}});
  const std::string text = metrics.render();
  EXPECT_NE(text.find("paths_total{path=\"C:\\\\a \\\"b\\\"\\nc{d}\",empty=\"\"} 1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("wait_seconds_count{path=\"\\\"\"} 1\n"), std::string::npos) << text;
}

TEST(PrometheusMetricsTest, AddsUpWhatManyThreadsCount) {
  PrometheusMetrics metrics;
  const Context context{.metrics = &metrics};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) {
        context.count("requests_total", 1);
        context.observe("wait_seconds", 0.001);
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

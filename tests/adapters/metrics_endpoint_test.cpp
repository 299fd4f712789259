#include "worker/metrics_endpoint.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/memory_job_queue.hpp>

#include "http/raw_client.hpp"

namespace streamkit::worker_tool {
namespace {

// A queue whose store does not answer.
class AwayJobQueue final : public JobQueue {
 public:
  Result<void> send(std::string_view) override { return away(); }
  Result<std::optional<Job>> receive(std::chrono::milliseconds, std::chrono::milliseconds,
                                     std::stop_token) override {
    return away();
  }
  Result<void> complete(const Job&) override { return away(); }
  Result<void> retry(const Job&, std::chrono::milliseconds) override { return away(); }
  Result<void> extend(const Job&, std::chrono::milliseconds) override { return away(); }
  Result<void> dead_letter(const Job&, std::string_view) override { return away(); }
  Result<QueueDepth> depth() override { return away(); }

 private:
  static Error away() { return {ErrorCode::Unavailable, "/secret/path is away"}; }
};

class MetricsEndpointTest : public ::testing::Test {
 protected:
  http::RawResponse get(JobQueue& jobs, std::string_view path, std::string_view method = "GET",
                        std::string_view host = "localhost") {
    begin_worker_metrics(metrics_);
    const auto endpoint =
        MetricsEndpoint::start("127.0.0.1:0", jobs, metrics_, {.metrics = &metrics_});
    EXPECT_TRUE(endpoint);
    http::RawClient client((*endpoint)->port());
    return client.exchange(std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: " +
                           std::string(host) + "\r\nConnection: close\r\n\r\n");
  }
  telemetry::PrometheusMetrics metrics_;
  testing::MemoryJobQueue queue_;
};

TEST_F(MetricsEndpointTest, TellsWhatWasCountedAndWhatIsInTheQueue) {
  ASSERT_TRUE(queue_.send("a job"));
  Context{.metrics = &metrics_}.count("streamkit_chunks_total", 3, {{"outcome", "converted"}});
  const auto answer = get(queue_, "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line :
       {"streamkit_chunks_total{outcome=\"converted\"} 3\n", "streamkit_queue_waiting 1\n",
        "streamkit_queue_dead 0\n", "streamkit_conversions_in_flight 0\n"}) {
    EXPECT_NE(answer.body.find(line), std::string::npos) << line << answer.body;
  }
}

TEST_F(MetricsEndpointTest, CountersBeginAtZeroSoThatTheFirstCountIsAnIncrease) {
  const auto answer = get(queue_, "/metrics");
  EXPECT_NE(answer.body.find("streamkit_chunks_total{outcome=\"filler\"} 0\n"), std::string::npos);
  EXPECT_NE(answer.body.find("streamkit_buried_jobs_total 0\n"), std::string::npos);
}

TEST_F(MetricsEndpointTest, IsHealthyWhileTheQueueWorks) {
  EXPECT_EQ(get(queue_, "/healthz").status, 200);
  AwayJobQueue away;
  const auto answer = get(away, "/healthz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(get(away, "/metrics").status, 200);
}

TEST_F(MetricsEndpointTest, APageWithANameOfItsOwnForThisMachineIsRejected) {
  for (const auto* host : {"evil.example", "evil.example:9000", "localhost.evil.example"}) {
    EXPECT_EQ(get(queue_, "/metrics", "GET", host).status, 403) << host;
  }
  EXPECT_EQ(get(queue_, "/healthz", "GET", "evil.example").status, 403);
  for (const auto* host : {"127.0.0.1:9000", "[::1]:9000", "worker.localhost"}) {
    EXPECT_EQ(get(queue_, "/metrics", "GET", host).status, 200) << host;
  }
}

TEST_F(MetricsEndpointTest, AnswersNothingElse) {
  EXPECT_EQ(get(queue_, "/").status, 404);
  EXPECT_EQ(get(queue_, "/metrics/more").status, 404);
  const auto post = get(queue_, "/metrics", "POST");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.headers.at("allow"), "GET, HEAD");
}

TEST_F(MetricsEndpointTest, SaysThatAPortIsTaken) {
  const auto first = MetricsEndpoint::start("127.0.0.1:0", queue_, metrics_, {});
  ASSERT_TRUE(first);
  const auto second =
      MetricsEndpoint::start("127.0.0.1:" + std::to_string((*first)->port()), queue_, metrics_, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::worker_tool

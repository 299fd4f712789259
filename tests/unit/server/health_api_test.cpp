#include "server/health_api.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "local/temporary_folder.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

class HealthApiTest : public ::testing::Test {
 protected:
  http::Response get(std::string_view path, std::string method = "GET") {
    HealthApi api(store_, jobs_, folder_.path(), options_, {.logger = &logger_});
    if (recovered_) api.set_recovered();
    http::Router router(api.routes(), word_error, {});
    auto reply = http::send(router, http::make_request(std::move(method), path));
    return std::get<http::Response>(std::move(reply));
  }

  const local::TemporaryFolder folder_;
  testing::RecordingLogger logger_;
  live::FlakySessionStore store_;
  testing::MemoryJobQueue jobs_;
  HealthOptions options_{.min_free_bytes = 1};
  bool recovered_ = true;
};

TEST_F(HealthApiTest, IsReadyWhileTheStoreWorksAndThereIsRoom) {
  EXPECT_EQ(http::body_of(get("/healthz")), "{\"status\":\"ok\"}\n");
  EXPECT_EQ(http::body_of(get("/healthz/ready")),
            "{\"status\":\"ok\",\"store\":\"ok\",\"disk\":\"ok\",\"recovery\":\"done\"}\n");
  EXPECT_EQ(http::body_of(get("/healthz/live")), "{\"status\":\"ok\"}\n");
  EXPECT_EQ(get("/healthz/other").status, 404);
  EXPECT_EQ(get("/healthz/").status, 404);
  EXPECT_EQ(get("/healthz", "POST").status, 405);
  EXPECT_EQ(get("/healthz/other", "POST").status, 404);
}

TEST_F(HealthApiTest, LooksAtNoDiskWhenNoneIsNamed) {
  options_.min_free_bytes = std::numeric_limits<std::uint64_t>::max();
  HealthApi api(store_, jobs_, {}, options_, {});
  api.set_recovered();
  http::Router router(api.routes(), word_error, {});
  const auto reply = http::send(router, http::make_request("GET", "/healthz/ready"));
  EXPECT_EQ(std::get<http::Response>(reply).status, 200);
}

TEST_F(HealthApiTest, AFailingStoreIsNotReadyButLive) {
  store_.failing = true;
  for (const auto* path : {"/healthz", "/healthz/ready"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(http::body_of(response),
              "{\"status\":\"unavailable\",\"store\":\"failing\",\"disk\":\"ok\","
              "\"recovery\":\"done\"}\n");
  }
  EXPECT_EQ(get("/healthz/live").status, 200);
  EXPECT_TRUE(logger_.mentions("on fire"));
}

TEST_F(HealthApiTest, WhatIsNotYetRecoveredIsNotReadyButLive) {
  recovered_ = false;
  for (const auto* path : {"/healthz", "/healthz/ready"}) {
    EXPECT_EQ(get(path).status, 503);
    EXPECT_NE(http::body_of(get(path)).find("\"recovery\":\"running\""), std::string::npos);
  }
  EXPECT_EQ(get("/healthz/live").status, 200);
}

// Counting them would cost time that grows with their number.
TEST_F(HealthApiTest, CountsNoJobs) {
  class Uncountable final : public JobQueue {
   public:
    Result<void> send(std::string_view) override { return {}; }
    Result<std::optional<Job>> receive(std::chrono::milliseconds, std::chrono::milliseconds,
                                       std::stop_token) override {
      return std::optional<Job>();
    }
    Result<void> complete(const Job&) override { return {}; }
    Result<void> retry(const Job&, std::chrono::milliseconds) override { return {}; }
    Result<void> extend(const Job&, std::chrono::milliseconds) override { return {}; }
    Result<void> dead_letter(const Job&, std::string_view) override { return {}; }
    Result<QueueDepth> depth() override { return Error{ErrorCode::Internal, "counted"}; }
    Result<void> check() override { return {}; }
  };
  Uncountable jobs;
  HealthApi api(store_, jobs, {}, options_, {});
  api.set_recovered();
  http::Router router(api.routes(), word_error, {});
  const auto reply = http::send(router, http::make_request("GET", "/healthz"));
  EXPECT_EQ(std::get<http::Response>(reply).status, 200);
}

TEST_F(HealthApiTest, AFullDiskIsNotReady) {
  options_.min_free_bytes = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(get("/healthz/ready").status, 503);
  EXPECT_NE(http::body_of(get("/healthz/ready")).find("\"disk\":\"full\""), std::string::npos);
}

}  // namespace
}  // namespace streamkit::server

#include <streamkit/server/access_control.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <streamkit/net/sha256.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "local/temporary_folder.hpp"
#include "server/rejection.hpp"

namespace streamkit::server {
namespace {

const http::Route kCreate{.name = "create"};
const http::Route kControl{.name = "control"};
const http::Route kLiveStreams{.name = "live_streams"};
const http::Route kMetrics{.name = "metrics"};
const http::Route kS3{.name = "s3"};
const http::Route kPlaylist{.name = "playlist", .rate_weight = 0.1};
const http::Route kSegment{.name = "segment", .rate_weight = 0.1};

class AccessControlTest : public ::testing::Test {
 protected:
  AccessControl& access() {
    if (!access_) {
      access_ = std::make_unique<AccessControl>(options_, keys_.get(),
                                                Context{.metrics = &metrics_, .clock = &clock_});
    }
    return *access_;
  }
  void make_keys() {
    const auto file = folder_.path() / "keys";
    std::ofstream(file) << to_line({"studio", net::sha256_hex(std::string_view("secret"))}) << "\n";
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    keys_ = *ApiKeys::open(file);
  }
  static http::WholeRequest from(std::string address, std::string method = "GET",
                                 std::string token = {}) {
    auto request = http::make_request(std::move(method), "/");
    request.remote_address = std::move(address);
    if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token});
    return request;
  }
  int status(const http::RequestHead& request, const http::Route& route) {
    const auto refused = access().admit(request, route);
    return refused ? refused->status : 200;
  }

  const local::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  AccessControlOptions options_;
  std::unique_ptr<ApiKeys> keys_;
  std::unique_ptr<AccessControl> access_;
};

TEST_F(AccessControlTest, AClientThatAsksTooOftenHasToWait) {
  options_.client_rate = 1;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(status(from("192.0.2.1"), kControl), 200);
  const auto refused = access().admit(from("192.0.2.1"), kControl);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  const auto response = to_response(*refused);
  EXPECT_EQ(http::header_of(response, "Retry-After"), "1");
  EXPECT_EQ(http::error_code_of(response), "rate_limited");
  EXPECT_EQ(status(from("192.0.2.2"), kControl), 200);
  EXPECT_EQ(metrics_.counter("streamkit_rate_limited_total{limit=\"client\"}"), 1);
}

TEST_F(AccessControlTest, CreatingALiveStreamIsLimitedAndNeedsAKeyAsASessionDoes) {
  options_.create_rate = 1;
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kLiveStreams), 200);
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 429);
  EXPECT_EQ(status(from("192.0.2.1", "GET"), kLiveStreams), 200);
  access_.reset();
  make_keys();
  EXPECT_EQ(status(from("192.0.2.2", "POST"), kLiveStreams), 401);
  EXPECT_EQ(status(from("192.0.2.2", "POST", "secret"), kLiveStreams), 200);
}

TEST_F(AccessControlTest, AStreamKeyIsGuessedNoFasterThanAToken) {
  const std::string hash = net::sha256_hex(std::string_view("stream key"));
  const auto ask = [&](std::string token, std::string_view key_sha256) {
    const auto rejected =
        access().check_stream_owner(from("192.0.2.1", "GET", std::move(token)), key_sha256);
    return rejected ? rejected->status : 200;
  };
  EXPECT_EQ(ask("stream key", hash), 200);
  EXPECT_EQ(ask("", hash), 401);
  EXPECT_EQ(ask(hash, hash), 403);
  EXPECT_EQ(ask("stream key", ""), 403);
  for (int i = 0; i < 20; ++i) (void)ask("wrong", hash);
  EXPECT_EQ(ask("stream key", hash), 429);
}

TEST_F(AccessControlTest, ViewersBehindOneAddressHaveRoom) {
  options_.client_rate = 1;
  int served = 0;
  for (int i = 0; i < 100; ++i) {
    served += status(from("192.0.2.1"), i % 2 == 0 ? kPlaylist : kSegment) == 200;
  }
  EXPECT_GE(served, 39);
  EXPECT_LE(served, 41);
}

TEST_F(AccessControlTest, ThisMachineHasNoLimitsUnlessAProxyNamesOthers) {
  options_.client_rate = 1;
  options_.create_rate = 1;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(status(from("127.0.0.1", "POST"), kCreate), 200);
  access_.reset();
  options_.trust_proxy = true;
  auto request = from("127.0.0.1", "POST");
  request.headers.push_back({"X-Forwarded-For", "192.0.2.1"});
  EXPECT_EQ(status(request, kCreate), 200);
  EXPECT_EQ(status(request, kCreate), 429);
}

TEST_F(AccessControlTest, CreatingTakesAKeyWhereThereAreKeys) {
  EXPECT_EQ(status(from("127.0.0.1", "POST"), kCreate), 200);
  access_.reset();
  make_keys();
  EXPECT_EQ(status(from("127.0.0.1", "POST"), kCreate), 401);
  EXPECT_EQ(status(from("127.0.0.1", "POST", "wrong"), kCreate), 403);
  EXPECT_EQ(status(from("127.0.0.1", "POST", "secret"), kCreate), 200);
  EXPECT_EQ(status(from("127.0.0.1", "OPTIONS"), kCreate), 200);
  EXPECT_EQ(status(from("127.0.0.1", "POST"), kControl), 200);
  EXPECT_EQ(metrics_.counter("streamkit_auth_failures_total"), 2);
  EXPECT_EQ(access().api_key_name(from("127.0.0.1", "POST", "secret")), "studio");
  EXPECT_EQ(access().api_key_name(from("127.0.0.1", "POST")), "");
}

TEST_F(AccessControlTest, MetricsTakeAKeyWhereTheyMust) {
  make_keys();
  EXPECT_EQ(status(from("192.0.2.1"), kMetrics), 200);
  access_.reset();
  options_.metrics_need_key = true;
  EXPECT_EQ(status(from("192.0.2.1"), kMetrics), 401);
  EXPECT_EQ(status(from("192.0.2.1", "GET", "secret"), kMetrics), 200);
}

TEST_F(AccessControlTest, CreationsAreLimitedOnceTheKeyIsGood) {
  make_keys();
  options_.create_rate = 2;
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 401);
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 401);
  EXPECT_EQ(status(from("192.0.2.1", "POST", "secret"), kCreate), 200);
  EXPECT_EQ(status(from("192.0.2.1", "POST", "secret"), kCreate), 200);
  EXPECT_EQ(status(from("192.0.2.1", "POST", "secret"), kCreate), 429);
  clock_.advance(std::chrono::seconds(30));
  EXPECT_EQ(status(from("192.0.2.1", "POST", "secret"), kCreate), 200);
}

TEST_F(AccessControlTest, WhoGuessesIsLockedOutForAWhile) {
  const auto session = live::example_session();
  const auto check = [&](const std::string& address, const std::string& token) {
    const auto refused = access().check_control_token(from(address, "POST", token), session);
    return refused ? refused->status : 200;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(check("192.0.2.1", "guess" + std::to_string(i)), 403);
  EXPECT_EQ(check("192.0.2.1", "control"), 429) << "not even the right one is tried";
  EXPECT_EQ(check("192.0.2.2", "control"), 200);
  EXPECT_EQ(check("192.0.2.2", ""), 401);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(check("192.0.2.1", "control"), 200);
}

TEST_F(AccessControlTest, ASessionWithoutATokenHasNoOwner) {
  Session session = live::example_session();
  session.control_token.clear();
  EXPECT_EQ(access().check_control_token(from("192.0.2.1"), session)->status, 401);
}

TEST_F(AccessControlTest, ReadsTheBearerScheme) {
  const auto token = [](const std::string& header) {
    return std::string(
        bearer_token(http::make_request("GET", "/", "", {{"Authorization", header}})));
  };
  EXPECT_EQ(token("Bearer x"), "x");
  EXPECT_EQ(token("bearer x"), "x");
  EXPECT_EQ(token("Basic x"), "");
  EXPECT_EQ(token("Bearer"), "");
  EXPECT_EQ(token(""), "");
}

TEST_F(AccessControlTest, ARateBelowOneLetsACallThroughNowAndThen) {
  options_.client_rate = 0.1;
  options_.create_rate = 0.5;
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 200);
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 429);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(status(from("192.0.2.1", "POST"), kCreate), 200);
}

class LocalAccessControlTest : public AccessControlTest {
 protected:
  void SetUp() override { options_.local_callers_only = true; }
  int status_for(std::string host, std::string origin = {}, std::string method = "POST",
                 const http::Route& route = kCreate) {
    auto request = from("127.0.0.1", std::move(method));
    request.headers.back().value = std::move(host);
    if (!origin.empty()) request.headers.push_back({"Origin", std::move(origin)});
    return status(request, route);
  }
};

TEST_F(LocalAccessControlTest, TakesCallsThatNameThisMachine) {
  for (const auto* host : {"localhost:8000", "LocalHost", "127.0.0.1:8000", "127.8.9.1",
                           "[::1]:8000", "streams.localhost:8000"}) {
    EXPECT_EQ(status_for(host), 200) << host;
  }
}

// A name that a page's owner lets point here: the browser takes the page for one of this server's.
TEST_F(LocalAccessControlTest, RefusesNamesThatAreRebound) {
  for (const auto* host : {"evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
                           "192.0.2.1:8000", "evil-localhost", "a:b:c", "localhost@evil.example"}) {
    EXPECT_EQ(status_for(host), 403) << host;
    EXPECT_EQ(status_for(host, "", "PATCH", kControl), 403) << host;
    EXPECT_EQ(status_for(host, "", "GET", kMetrics), 403) << host;
  }
  EXPECT_EQ(status_for("evil.example", "", "GET", kPlaylist), 200);
  EXPECT_EQ(status_for("bucket.example", "", "PUT", kS3), 200);
}

TEST_F(LocalAccessControlTest, RefusesChangesThatPagesOfOtherSitesAskFor) {
  for (const auto* origin : {"http://evil.example", "null", "https://localhost:3000", "x"}) {
    EXPECT_EQ(status_for("localhost:8000", origin), 403) << origin;
    EXPECT_EQ(status_for("localhost:8000", origin, "POST", kControl), 403) << origin;
    EXPECT_EQ(status_for("localhost:8000", origin, "GET", kControl), 200) << origin;
  }
  EXPECT_EQ(status_for("localhost:8000", "http://localhost:8000"), 200);
  EXPECT_EQ(status_for("localhost:8000", "https://LOCALHOST:8000"), 200);
}

TEST_F(LocalAccessControlTest, SaysHowToLetOthersIn) {
  auto request = from("127.0.0.1", "POST");
  request.headers.back().value = "evil.example";
  const auto refused = access().admit(request, kCreate);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, "forbidden");
  EXPECT_NE(refused->message.find("--public-url"), std::string_view::npos);
}

TEST(AccessControlWeightTest, ACallWithAWeightIsPossibleAtEveryRate) {
  testing::FakeClock clock;
  for (const double rate : {0.01, 1.0, 50.0}) {
    AccessControl access({.session_rate = rate}, nullptr, {.clock = &clock});
    EXPECT_FALSE(access.admit_to_session("s", 1000)) << rate;
    clock.advance(std::chrono::hours(1));
    EXPECT_FALSE(access.admit_to_session("s", 1000)) << rate;
    while (!access.admit_to_session("s", 1000)) {
    }
    EXPECT_FALSE(access.admit_to_session("t", 1000)) << rate;
  }
}

}  // namespace
}  // namespace streamkit::server

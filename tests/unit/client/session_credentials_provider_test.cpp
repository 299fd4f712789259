#include <gtest/gtest.h>

#include <atomic>
#include <streamkit/client/session_credentials_provider.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/testing/fake_clock.hpp>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using testing::answer;
using testing::LoopbackServer;
using testing::ReceivedRequest;

class CountingLogger final : public Logger {
 public:
  void log(LogLevel, std::string_view, std::span<const LogField>) noexcept override { ++lines; }
  std::atomic<int> lines = 0;
};

class SessionCredentialsProviderTest : public ::testing::Test {
 protected:
  SessionCredentialsProviderTest() {
    session_.session_id = "s";
    session_.control_token = "control";
    session_.upload.credentials = {"AKID0", "secret", "token"};
    session_.upload.expires_at = clock_.system_now() + std::chrono::hours(1);
  }
  std::string key(SessionCredentialsProvider& provider) {
    const auto credentials = provider.current({});
    return credentials ? credentials->access_key_id : to_string(credentials.error().code).data();
  }

  std::atomic<int> status_ = 200;
  std::atomic<int> renewals_ = 0;
  testing::FakeClock clock_;
  CountingLogger logger_;
  // Each renewal gives a key with the next number, good for another hour; or `status`.
  LoopbackServer server_{[this](const ReceivedRequest&) {
    if (status_ != 200) return answer(status_);
    const WallTime expires_at = clock_.system_now() + std::chrono::hours(1);
    return answer(200, R"({"upload":{"access_key_id":"AKID)" + std::to_string(++renewals_) +
                           R"(","secret_access_key":"s","session_token":"t","bucket":"b",)"
                           R"("region":"r","expires_at":")" +
                           net::format_iso8601(expires_at) + "\"}}");
  }};
  HttpClient http_;
  SessionClient client_ = *SessionClient::create(http_, server_.url());
  CreatedSession session_;
  Context context_{.logger = &logger_, .clock = &clock_};
};

TEST_F(SessionCredentialsProviderTest, RenewsShortlyBeforeExpiry) {
  SessionCredentialsProvider provider(client_, session_, context_);
  EXPECT_EQ(key(provider), "AKID0");
  clock_.advance(std::chrono::minutes(55) - std::chrono::seconds(1));
  EXPECT_EQ(key(provider), "AKID0");
  EXPECT_TRUE(server_.requests().empty());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(key(provider), "AKID1");
  EXPECT_EQ(key(provider), "AKID1");
  clock_.advance(std::chrono::minutes(56));
  EXPECT_EQ(key(provider), "AKID2");
  EXPECT_EQ(net::find_header(server_.requests().at(0).headers, "Authorization"), "Bearer control");
}

TEST_F(SessionCredentialsProviderTest, RenewsWhenAsked) {
  SessionCredentialsProvider provider(client_, session_, context_);
  EXPECT_EQ(provider.renew({}).value().access_key_id, "AKID1");
  EXPECT_EQ(key(provider), "AKID1");
}

TEST_F(SessionCredentialsProviderTest, GoesOnWithGoodCredentialsWhileRenewalFails) {
  SessionCredentialsProvider provider(client_, session_, context_);
  status_ = 503;
  clock_.advance(std::chrono::minutes(56));
  EXPECT_EQ(key(provider), "AKID0");
  EXPECT_EQ(logger_.lines, 1);
  status_ = 200;
  EXPECT_EQ(key(provider), "AKID1");
}

TEST_F(SessionCredentialsProviderTest, FailsOnceTheCredentialsAreGone) {
  SessionCredentialsProvider provider(client_, session_, context_);
  status_ = 404;
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(key(provider), "NotFound");
  EXPECT_EQ(logger_.lines, 0);
}

TEST_F(SessionCredentialsProviderTest, StopsWithTheCaller) {
  SessionCredentialsProvider provider(client_, session_, context_);
  std::stop_source stop;
  stop.request_stop();
  const auto renewed = provider.renew(stop.get_token());
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::client

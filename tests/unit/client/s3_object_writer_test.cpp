#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sigv4_verify.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <thread>
#include <vector>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using testing::answer;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::Reply;
using testing::ReplyKind;

const net::Credentials kCredentials{"AKID", "secret key", "session token"};
const Bytes kBody{'b', 'o', 'd', 'y'};

std::string s3_error(std::string_view code) {
  return "<?xml version=\"1.0\"?>\n<Error><Code>" + std::string(code) +
         "</Code><Message>why it\nfailed</Message></Error>";
}

class S3ObjectWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<S3ObjectWriter> writer_for(const std::string& endpoint) {
    auto writer = S3ObjectWriter::create(http_, provider_, {"bucket", "us-east-1", endpoint},
                                         {.clock = &clock_});
    EXPECT_TRUE(writer) << writer.error().message;
    return *std::move(writer);
  }
  // The error of one put to a server that gives this reply.
  Error error_of(const Reply& reply) {
    LoopbackServer server(reply);
    const auto stored = writer_for(server.url())->put("key", kBody, {}, {});
    EXPECT_FALSE(stored);
    return stored ? Error{} : stored.error();
  }

  testing::FakeClock clock_;
  HttpClient http_;
  net::StaticCredentialsProvider provider_{kCredentials};
};

TEST_F(S3ObjectWriterTest, PutsASignedObject) {
  LoopbackServer server(answer(200));
  const std::string key = "stream_input/s/a b+c=d/chunk_00000.mp4";
  const auto stored = writer_for(server.url() + "/base")->put(key, kBody, {}, {});
  ASSERT_TRUE(stored) << stored.error().message;

  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/base/bucket/stream_input/s/a%20b%2Bc%3Dd/chunk_00000.mp4");
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(net::find_header(request.headers, "Content-Type"), "video/mp4");
  const auto verified = net::verify(
      {request.method, std::string(*net::find_header(request.headers, "Host")), request.target, "",
       request.headers},
      {"us-east-1"}, [](std::string_view) -> Result<net::Credentials> { return kCredentials; },
      clock_.system_now());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->payload_hash,
            "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5");
}

TEST_F(S3ObjectWriterTest, PutsAnEmptyObject) {
  LoopbackServer server(answer(200));
  ASSERT_TRUE(writer_for(server.url())->put("key", {}, {.content_type = "text/plain"}, {}));
  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(net::find_header(request.headers, "Content-Length"), "0");
  EXPECT_EQ(net::find_header(request.headers, "Content-Type"), "text/plain");
}

TEST_F(S3ObjectWriterTest, MapsWhatS3Answers) {
  const std::tuple<int, const char*, ErrorCode> cases[] = {
      {400, "RequestTimeout", ErrorCode::Timeout},
      {400, "InvalidArgument", ErrorCode::InvalidArgument},
      {301, "PermanentRedirect", ErrorCode::InvalidArgument},
      {403, "AccessDenied", ErrorCode::PermissionDenied},
      {403, "SignatureDoesNotMatch", ErrorCode::PermissionDenied},
      {404, "NoSuchBucket", ErrorCode::NotFound},
      {409, "OperationAborted", ErrorCode::InvalidArgument},
      {429, "TooManyRequests", ErrorCode::RateLimited},
      {503, "SlowDown", ErrorCode::RateLimited},
      {500, "InternalError", ErrorCode::Unavailable},
      {503, "ServiceUnavailable", ErrorCode::Unavailable},
      {507, "", ErrorCode::ResourceExhausted},
      {403, "QuotaExceeded", ErrorCode::ResourceExhausted},
  };
  for (const auto& [status, code, expected] : cases) {
    const Error error = error_of(answer(status, s3_error(code)));
    EXPECT_EQ(error.code, expected) << status << " " << code;
    EXPECT_EQ(error.domain, "http");
    EXPECT_EQ(error.native_code, status);
    EXPECT_NE(error.message.find(std::string(code) + ": why it failed"), std::string::npos)
        << error.message;
  }
}

TEST_F(S3ObjectWriterTest, MapsAnswersThatAreNoXml) {
  EXPECT_EQ(error_of(answer(500)).code, ErrorCode::Unavailable);
  EXPECT_EQ(error_of(answer(500, "<Code>ExpiredTo")).code, ErrorCode::Unavailable);
  EXPECT_EQ(error_of(answer(403, "<html><body>no</body></html>")).code,
            ErrorCode::PermissionDenied);
  EXPECT_EQ(error_of({ReplyKind::Reset}).code, ErrorCode::Unavailable);
  EXPECT_EQ(error_of(answer(200, std::string(2 << 20, 'x'))).code, ErrorCode::ResourceExhausted);
}

TEST_F(S3ObjectWriterTest, UsesTheServersTimeIfItsOwnIsWrong) {
  const WallTime server_time = clock_.system_now() + std::chrono::hours(2);
  LoopbackServer server([&](const ReceivedRequest& request) {
    const auto date = net::find_header(request.headers, "x-amz-date");
    if (date == net::format_iso8601_basic(server_time)) return answer(200);
    return answer(403, s3_error("RequestTimeTooSkewed"),
                  "Date: " + net::format_http_date(server_time) + "\r\n");
  });
  const auto writer = writer_for(server.url());
  EXPECT_TRUE(writer->put("key", kBody, {}, {}));
  EXPECT_TRUE(writer->put("key", kBody, {}, {}));
  EXPECT_EQ(server.requests().size(), 3U) << "the difference is remembered";
}

TEST_F(S3ObjectWriterTest, ReportsHowMuchHasLeft) {
  LoopbackServer server(answer(200));
  std::vector<std::uint64_t> reported;
  const Bytes body(1 << 20, 7);
  ASSERT_TRUE(writer_for(server.url())
                  ->put("key", body,
                        {.on_progress = [&](std::uint64_t sent) { reported.push_back(sent); }},
                        {}));
  ASSERT_FALSE(reported.empty());
  EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end()));
  EXPECT_EQ(reported.back(), body.size());
}

class RenewingProvider final : public net::CredentialsProvider {
 public:
  Result<net::Credentials> current(std::stop_token) override {
    return net::Credentials{"AKID" + std::to_string(renewals), "secret"};
  }
  Result<net::Credentials> renew(std::stop_token stop) override {
    if (failure) return *failure;
    ++renewals;
    return current(stop);
  }
  int renewals = 0;
  std::optional<Error> failure;
};

TEST_F(S3ObjectWriterTest, RenewsExpiredCredentialsForTheNextAttempt) {
  for (const auto& [status, code] : {std::pair{403, "ExpiredToken"}, std::pair{400, "ExpiredToken"},
                                     std::pair{403, "TokenRefreshRequired"}}) {
    LoopbackServer server([&](const ReceivedRequest& request) {
      const bool renewed =
          net::find_header(request.headers, "Authorization")->find("AKID1/") != std::string::npos;
      return renewed ? answer(200) : answer(status, s3_error(code));
    });
    RenewingProvider provider;
    const auto writer = S3ObjectWriter::create(http_, provider, {"bucket", "r", server.url()});
    const auto first = (*writer)->put("key", kBody, {}, {});
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, ErrorCode::CredentialsExpired);
    EXPECT_TRUE(first.error().retryable());
    EXPECT_EQ(provider.renewals, 1);
    EXPECT_TRUE((*writer)->put("key", kBody, {}, {}));
  }
}

TEST_F(S3ObjectWriterTest, AHeldPutLeavesRenewalToTheOneBeforeIt) {
  LoopbackServer server([](const ReceivedRequest&) { return answer(200); },
                        [](const ReceivedRequest&) -> std::optional<Reply> {
                          return answer(403, s3_error("AccessDenied"));
                        });
  RenewingProvider provider;
  const auto writer = S3ObjectWriter::create(http_, provider, {"bucket", "r", server.url()});
  const auto stored = (*writer)->put("key", kBody, {.hold_last_byte = ReleaseSignal()}, {});
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(provider.renewals, 0);
}

TEST_F(S3ObjectWriterTest, GivesTheReasonWhenRenewalFails) {
  LoopbackServer server(answer(403, s3_error("ExpiredToken")));
  RenewingProvider provider;
  provider.failure = Error{ErrorCode::NotFound, "no such session"};
  const auto writer = S3ObjectWriter::create(http_, provider, {"bucket", "r", server.url()});
  const auto stored = (*writer)->put("key", kBody, {}, {});
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::NotFound);
  EXPECT_EQ(stored.error().message, "renewing upload credentials: no such session");
}

TEST_F(S3ObjectWriterTest, StopsWhileTheServerIsSilent) {
  LoopbackServer server(Reply{ReplyKind::Silence});
  const auto writer = writer_for(server.url());
  std::stop_source stop;
  std::jthread stopper([&] {
    server.await_requests(1);
    stop.request_stop();
  });
  const auto stored = writer->put("key", kBody, {}, stop.get_token());
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::Cancelled);
}

TEST_F(S3ObjectWriterTest, RefusesBadKeys) {
  LoopbackServer server(answer(200));
  const auto writer = writer_for(server.url());
  for (const char* key : {"", "/k", "a/../b", "a//b"}) {
    const auto stored = writer->put(key, kBody, {}, {});
    ASSERT_FALSE(stored) << key;
    EXPECT_EQ(stored.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(S3ObjectWriterTest, RefusesABadTarget) {
  for (const S3WriterOptions& options : {
           S3WriterOptions{"", "r"},
           S3WriterOptions{"a/b", "r"},
           S3WriterOptions{"..", "r"},
           S3WriterOptions{"b", ""},
           S3WriterOptions{"b", "r.evil/"},
           S3WriterOptions{"b", "r", "not a url"},
           S3WriterOptions{"b", "r", "http://h/?x=1"},
       }) {
    const auto writer = S3ObjectWriter::create(http_, provider_, options);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::InvalidArgument);
  }
}

// No network: a stop requested beforehand ends the call, whose message names the URL.
TEST_F(S3ObjectWriterTest, AddressesAwsByBucketWhereACertificateCoversIt) {
  std::stop_source stop;
  stop.request_stop();
  const auto url_for = [&](const char* bucket) {
    const auto writer = S3ObjectWriter::create(http_, provider_, {bucket, "eu-west-1"});
    const auto stored = (*writer)->put("k", kBody, {}, stop.get_token());
    return stored.error().message.substr(0, stored.error().message.find(": "));
  };
  EXPECT_EQ(url_for("bucket"), "PUT https://bucket.s3.eu-west-1.amazonaws.com/k");
  EXPECT_EQ(url_for("my.bucket"), "PUT https://s3.eu-west-1.amazonaws.com/my.bucket/k");
}

TEST_F(S3ObjectWriterTest, KeepsSecretsOutOfItsErrors) {
  const std::string text = to_string(error_of(answer(403, s3_error("AccessDenied"))));
  EXPECT_EQ(text.find(kCredentials.secret_access_key), std::string::npos);
  EXPECT_EQ(text.find(kCredentials.session_token), std::string::npos);
}

}  // namespace
}  // namespace streamkit::client

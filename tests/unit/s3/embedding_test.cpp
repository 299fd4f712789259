// The endpoint in an application of its own: no session, no job, no private header.
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <streamkit/core/text.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/s3/endpoint.hpp>
#include <streamkit/testing/memory_object_store.hpp>

#include "http/raw_client.hpp"

namespace streamkit {
namespace {

// Anna writes and reads below "anna/", the guest only reads there. "anna/kept" is never replaced.
class TwoUsers final : public s3::Authorizer {
 public:
  Result<s3::AccessKey> find_key(std::string_view access_key_id) override {
    if (access_key_id == "ANNA") return s3::AccessKey{{"ANNA", "annas-secret"}, "anna"};
    if (access_key_id == "GUEST") return s3::AccessKey{{"GUEST", "guests-secret"}, "guest"};
    return Error{ErrorCode::NotFound, "no such key"};
  }
  Result<s3::Grant> authorize(const s3::AccessKey& caller, const s3::Access& access) override {
    const bool may_write = caller.principal == "anna" && s3::is_upload(access.operation);
    const bool reads = access.operation == s3::Operation::GetObject;
    if (failure) return *failure;
    if (!access.key.starts_with("anna/") || !(may_write || reads)) {
      return Error{ErrorCode::PermissionDenied, "not yours"};
    }
    return s3::Grant{.replace_existing = access.key != "anna/kept"};
  }

  std::optional<Error> failure;  // set it while nobody calls
};

class S3EmbeddingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = http::Server::start({.listen = "127.0.0.1:0"}, endpoint_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  http::RawResponse call(std::string_view method, const std::string& path, std::string_view body,
                         const net::Credentials& credentials,
                         const net::HttpHeaders& headers = {}) {
    const std::string host = "127.0.0.1:" + std::to_string(server_->port());
    const auto signature =
        net::sign_headers({std::string(method), host, path}, credentials, {.region = "us-east-1"},
                          net::sha256_hex(body), system_clock().system_now());
    EXPECT_TRUE(signature);
    std::string request =
        std::string(method) + " " + path + " HTTP/1.1\r\nHost: " + host +
        "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& header : headers) request += header.name + ": " + header.value + "\r\n";
    for (const auto& header : *signature) request += header.name + ": " + header.value + "\r\n";
    http::RawClient client(server_->port());
    return client.exchange(request + "\r\n" + std::string(body));
  }
  http::RawResponse as_anna(std::string_view method, const std::string& path,
                            std::string_view body = {}, const net::HttpHeaders& headers = {}) {
    return call(method, path, body, {"ANNA", "annas-secret"}, headers);
  }

  testing::MemoryObjectStore objects_;
  TwoUsers users_;
  std::mutex mutex_;
  std::vector<std::string> committed_;
  std::optional<Error> commit_failure_;
  s3::Endpoint endpoint_{objects_,
                         users_,
                         [this](const ObjectInfo& object, std::string_view principal) {
                           if (commit_failure_) return Result<void>(*commit_failure_);
                           std::lock_guard lock(mutex_);
                           committed_.push_back(std::string(principal) + " " + object.key + " " +
                                                std::to_string(object.size_bytes));
                           return Result<void>();
                         },
                         {.bucket = "films"}};
  std::unique_ptr<http::Server> server_;
};

TEST_F(S3EmbeddingTest, PutsAndGetsThroughAnyObjectStore) {
  EXPECT_EQ(as_anna("PUT", "/films/anna/one.mp4", "0123456789").status, 200);
  EXPECT_EQ(objects_.get("anna/one.mp4", {})->size(), 10u);
  EXPECT_EQ(committed_, std::vector<std::string>{"anna anna/one.mp4 10"});

  const auto read = call("GET", "/films/anna/one.mp4", "", {"GUEST", "guests-secret"});
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, "0123456789");
}

TEST_F(S3EmbeddingTest, ReadsARange) {
  ASSERT_TRUE(objects_.put("anna/one.mp4", bytes_of("0123456789"), {}, {}));
  const auto part = as_anna("GET", "/films/anna/one.mp4", "", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.headers.at("content-range"), "bytes 2-4/10");
}

TEST_F(S3EmbeddingTest, RejectsWhatTheApplicationDenies) {
  const auto denied = call("PUT", "/films/anna/one.mp4", "x", {"GUEST", "guests-secret"});
  EXPECT_EQ(denied.status, 403);
  EXPECT_NE(denied.body.find("<Code>AccessDenied</Code><Message>not yours</Message>"),
            std::string::npos)
      << denied.body;
  EXPECT_EQ(as_anna("DELETE", "/films/anna/one.mp4").status, 403);
  EXPECT_TRUE(committed_.empty());
}

TEST_F(S3EmbeddingTest, ErrorsOfTheApplicationReachTheClientUnlessTheyHaveADomain) {
  users_.failure = Error{ErrorCode::RateLimited, "later"};
  const auto slow = as_anna("GET", "/films/anna/one.mp4");
  EXPECT_EQ(slow.status, 503);
  EXPECT_NE(slow.body.find("<Code>SlowDown</Code><Message>later</Message>"), std::string::npos);
  users_.failure = Error{ErrorCode::PermissionDenied, "/secret/path", "sqlite", 3};
  const auto failed = as_anna("GET", "/films/anna/one.mp4");
  EXPECT_EQ(failed.status, 503);
  EXPECT_NE(failed.body.find("<Code>ServiceUnavailable</Code>"), std::string::npos);
  EXPECT_EQ(failed.body.find("secret"), std::string::npos);
}

TEST_F(S3EmbeddingTest, AnObjectThatCannotBeCommittedIsNotAcknowledged) {
  commit_failure_ = Error{ErrorCode::Unavailable, "the index is down"};
  EXPECT_EQ(as_anna("PUT", "/films/anna/one.mp4", "x").status, 503);
  commit_failure_.reset();
  EXPECT_EQ(as_anna("PUT", "/films/anna/one.mp4", "x").status, 200);
}

TEST_F(S3EmbeddingTest, AnObjectThatMayNotBeReplacedStaysAsItIs) {
  EXPECT_EQ(as_anna("PUT", "/films/anna/kept", "first").status, 200);
  EXPECT_EQ(as_anna("PUT", "/films/anna/kept", "first").status, 200);
  EXPECT_EQ(as_anna("PUT", "/films/anna/kept", "other").status, 403);
  EXPECT_EQ(objects_.get("anna/kept", {})->size(), 5u);
}

TEST_F(S3EmbeddingTest, AGrantForAnotherBucketEndsInNoSuchBucket) {
  const auto other = as_anna("PUT", "/other/anna/one.mp4", "x");
  EXPECT_EQ(other.status, 404);
  EXPECT_NE(other.body.find("<Code>NoSuchBucket</Code>"), std::string::npos);
  EXPECT_EQ(as_anna("PUT", "/other/bert/one.mp4", "x").status, 403);
}

TEST_F(S3EmbeddingTest, RejectsWrongSecrets) {
  const auto denied = call("GET", "/films/anna/one.mp4", "", {"ANNA", "a-guess"});
  EXPECT_NE(denied.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos)
      << denied.body;
}

}  // namespace
}  // namespace streamkit

#include <gtest/gtest.h>

#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/sigv4_verify.hpp>

namespace streamkit::net {
namespace {

// "{signed headers} {signature}" of an Authorization header.
std::string summary(const Result<HttpHeaders>& headers) {
  if (!headers) return headers.error().message;
  const std::string text(find_header(*headers, "Authorization").value_or(""));
  const auto names = text.find("SignedHeaders=") + 14;
  const auto signature = text.find("Signature=") + 10;
  return text.substr(names, text.find(',', names) - names) + " " + text.substr(signature);
}

const Credentials kS3Credentials{"AKIAIOSFODNN7EXAMPLE",
                                 "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const SigningScope kS3Scope{"us-east-1"};
const WallTime kS3Time = *parse_iso8601_basic("20130524T000000Z");

SignableRequest s3_request(std::string method, std::string path, std::string query = {},
                           HttpHeaders headers = {}) {
  return {std::move(method), "examplebucket.s3.amazonaws.com", std::move(path), std::move(query),
          std::move(headers)};
}

Result<Credentials> s3_lookup(std::string_view) { return kS3Credentials; }

// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
// Transferring Payload in a Single Chunk", the four examples.
TEST(SigV4, SignsTheS3Examples) {
  struct Case {
    const char* name;
    SignableRequest request;
    const char* expected;
    const char* body = "";
  };
  const Case cases[] = {
      {"GET Object", s3_request("GET", "/test.txt", "", {{"Range", "bytes=0-9"}}),
       "host;range;x-amz-content-sha256;x-amz-date "
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"PUT Object",
       s3_request("PUT", "/test$file.text", "",
                  {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}),
       "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class "
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
       "Welcome to Amazon S3."},
      {"GET Bucket Lifecycle", s3_request("GET", "/", "lifecycle"),
       "host;x-amz-content-sha256;x-amz-date "
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"Get Bucket", s3_request("GET", "/", "max-keys=2&prefix=J"),
       "host;x-amz-content-sha256;x-amz-date "
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  for (const Case& c : cases) {
    const auto added =
        sign_headers(c.request, kS3Credentials, kS3Scope, sha256_hex(c.body), kS3Time);
    EXPECT_EQ(summary(added), c.expected) << c.name;
    SignableRequest request = c.request;
    request.headers.insert(request.headers.end(), added->begin(), added->end());
    const auto verified = verify(request, kS3Scope, s3_lookup, kS3Time, sha256_hex(c.body));
    ASSERT_TRUE(verified) << c.name << ": " << verified.error().message;
    EXPECT_EQ(verified->payload_hash, sha256_hex(c.body));
  }
}

// Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
TEST(SigV4, PresignsTheS3Example) {
  SignableRequest request = s3_request("GET", "/test.txt");
  request.query =
      presign(request, kS3Credentials, kS3Scope, kS3Time, std::chrono::seconds(86'400)).value();
  EXPECT_EQ(
      request.query,
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-"
      "east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
      "SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  EXPECT_TRUE(verify(request, kS3Scope, s3_lookup, kS3Time + std::chrono::hours(24)));
}

TEST(SigV4, AddsWhatTheRequestNeedsAndNoMore) {
  Credentials credentials = kS3Credentials;
  credentials.session_token = "token";
  const auto headers =
      sign_headers(s3_request("PUT", "/k"), credentials, kS3Scope, kUnsignedPayload, kS3Time);
  ASSERT_TRUE(headers);
  ASSERT_EQ(headers->size(), 4u);
  EXPECT_EQ(find_header(*headers, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(find_header(*headers, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(find_header(*headers, "x-amz-security-token"), "token");
  EXPECT_EQ(sign_headers(s3_request("GET", "/"), kS3Credentials, {"us-east-1", "sqs"},
                         sha256_hex(""), kS3Time)
                ->size(),
            2u);
}

TEST(SigV4, KeepsS3PathsAsTheyAre) {
  const auto sign = [](std::string path) {
    return summary(sign_headers(s3_request("GET", std::move(path)), kS3Credentials, kS3Scope,
                                kUnsignedPayload, kS3Time));
  };
  EXPECT_NE(sign("/a//b"), sign("/a/b"));
  EXPECT_NE(sign("/a/../b"), sign("/b"));
  EXPECT_NE(sign("/a%2Fb"), sign("/a/b"));
  EXPECT_NE(sign("/a%2525b"), sign("/a%25b"));
  // One canonical spelling for what means the same.
  EXPECT_EQ(sign("/a%3db"), sign("/a=b"));
}

TEST(SigV4, LetsTheScopeChooseTheRules) {
  const auto sign = [](std::optional<SigningRules> rules) {
    return summary(sign_headers(s3_request("GET", "/a//b"), kS3Credentials,
                                {"us-east-1", "s3", rules}, kUnsignedPayload, kS3Time));
  };
  EXPECT_EQ(sign({}), sign(SigningRules::S3));
  EXPECT_NE(sign({}), sign(SigningRules::General));
}

TEST(SigV4, RefusesToSignWhatNoServerWouldAccept) {
  const auto sign = [](const SignableRequest& request, const Credentials& credentials,
                       const SigningScope& scope) {
    const auto headers = sign_headers(request, credentials, scope, sha256_hex(""), kS3Time);
    return headers ? ErrorCode::Internal : headers.error().code;
  };
  const auto bad_request = [&](const SignableRequest& request) {
    return sign(request, kS3Credentials, kS3Scope);
  };
  EXPECT_EQ(bad_request(s3_request("", "/")), ErrorCode::InvalidArgument);
  EXPECT_EQ(bad_request(s3_request("GET", "k")), ErrorCode::InvalidArgument);
  EXPECT_EQ(bad_request(s3_request("GET", "/%zz")), ErrorCode::InvalidArgument);
  EXPECT_EQ(bad_request(s3_request("GET", "/", "a=%4")), ErrorCode::InvalidArgument);
  EXPECT_EQ(bad_request(s3_request("GET", "/", "", {{"a", "b\r\nc: d"}})),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(bad_request(s3_request("GET", "/", "", {{"Range", "a"}, {"x-amz-a", "b"}})),
            ErrorCode::Internal);
  EXPECT_EQ(bad_request(s3_request("GET", "/", "", {{"x-amz-a", "a"}, {"X-Amz-A", "b"}})),
            ErrorCode::InvalidArgument);
  for (const char* query : {"X-Amz-Signature=x", "a=b&x-amz-date=c", "%58-Amz-Expires"}) {
    EXPECT_EQ(bad_request(s3_request("GET", "/", query)), ErrorCode::InvalidArgument) << query;
    EXPECT_FALSE(presign(s3_request("GET", "/", query), kS3Credentials, kS3Scope, kS3Time,
                         std::chrono::minutes(1)));
  }
  for (const char* name : {"", "a b", "a;b", "a:b", "a\n", "\xc3\xa9"}) {
    EXPECT_EQ(bad_request(s3_request("GET", "/", "", {{name, "x"}})), ErrorCode::InvalidArgument)
        << name;
  }
  EXPECT_EQ(bad_request(s3_request("GET", "/", "", {{"X-Amz-Date", "x"}})),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(sign(s3_request("GET", "/"), {}, kS3Scope), ErrorCode::InvalidArgument);
  EXPECT_EQ(sign(s3_request("GET", "/"), kS3Credentials, {""}), ErrorCode::InvalidArgument);
  for (const int seconds : {-1, 0, 604'801}) {
    EXPECT_FALSE(presign(s3_request("GET", "/"), kS3Credentials, kS3Scope, kS3Time,
                         std::chrono::seconds(seconds)));
  }
}

}  // namespace
}  // namespace streamkit::net

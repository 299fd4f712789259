#include <gtest/gtest.h>

#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4.hpp>

namespace streamkit::net {
namespace {

const Credentials kSuiteCredentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const SigningScope kSuiteScope{"us-east-1", "service"};
const WallTime kSuiteTime = *parse_iso8601_basic("20150830T123600Z");

SignableRequest suite_request(std::string method, std::string path, std::string query = {},
                              HttpHeaders headers = {}) {
  return {std::move(method), "example.amazonaws.com", std::move(path), std::move(query),
          std::move(headers)};
}

// "{signed headers} {signature}" of an Authorization header.
std::string summary(const Result<HttpHeaders>& headers) {
  if (!headers) return headers.error().message;
  const std::string text(find_header(*headers, "Authorization").value_or(""));
  const auto names = text.find("SignedHeaders=") + 14;
  const auto signature = text.find("Signature=") + 10;
  return text.substr(names, text.find(',', names) - names) + " " + text.substr(signature);
}

struct SuiteCase {
  const char* name;
  SignableRequest request;
  const char* expected;
  const char* body = "";
};

const std::string kUnreserved =
    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Source: AWS Signature Version 4 test suite (names, requests and signatures as in
// awslabs/aws-c-auth tests/aws-signing-test-suite/v4 and aws/aws-sdk-js-v3 packages/signature-v4).
const SuiteCase kSuite[] = {
    {"get-vanilla", suite_request("GET", "/"),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-empty-query-key", suite_request("GET", "/", "Param1=value1"),
     "host;x-amz-date a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-order-key-case", suite_request("GET", "/", "Param2=value2&Param1=value1"),
     "host;x-amz-date b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-order-encoded",
     suite_request("GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1"),
     "host;x-amz-date 371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
    {"get-vanilla-query-unreserved", suite_request("GET", "/", kUnreserved + "=" + kUnreserved),
     "host;x-amz-date 9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query", suite_request("GET", "/", "\xe1\x88\xb4=bar"),
     "host;x-amz-date 2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-unreserved", suite_request("GET", "/" + kUnreserved),
     "host;x-amz-date 07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8", suite_request("GET", "/\xe1\x88\xb4"),
     "host;x-amz-date 8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-relative", suite_request("GET", "/example/.."),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative-relative", suite_request("GET", "/example1/example2/../.."),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash", suite_request("GET", "//"),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-dot-slash", suite_request("GET", "/./"),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-pointless-dot", suite_request("GET", "/./example"),
     "host;x-amz-date ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {"get-slashes", suite_request("GET", "//example//"),
     "host;x-amz-date 9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-space", suite_request("GET", "/example space/"),
     "host;x-amz-date 652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-header-key-duplicate",
     suite_request("GET", "/", "",
                   {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
     "host;my-header1;x-amz-date "
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     suite_request("GET", "/", "",
                   {{"My-Header1", "value4"},
                    {"My-Header1", "value1"},
                    {"My-Header1", "value3"},
                    {"My-Header1", "value2"}}),
     "host;my-header1;x-amz-date "
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     suite_request("GET", "/", "", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
     "host;my-header1;my-header2;x-amz-date "
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla", suite_request("POST", "/"),
     "host;x-amz-date 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-header-value-case", suite_request("POST", "/", "", {{"My-Header1", "VALUE1"}}),
     "host;my-header1;x-amz-date "
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-vanilla-query", suite_request("POST", "/", "Param1=value1"),
     "host;x-amz-date 28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-vanilla-query-space", suite_request("POST", "/", "p="),
     "host;x-amz-date e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b"},
    {"post-vanilla-query-nonunreserved",
     suite_request("POST", "/", "%40%23%24%25%5E&+=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D"),
     "host;x-amz-date 66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"},
    {"post-x-www-form-urlencoded",
     suite_request("POST", "/", "", {{"Content-Type", "application/x-www-form-urlencoded"}}),
     "content-type;host;x-amz-date "
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
     "Param1=value1"},
};

TEST(SigV4, SignsThePublicSuite) {
  for (const SuiteCase& c : kSuite) {
    EXPECT_EQ(summary(sign_headers(c.request, kSuiteCredentials, kSuiteScope, sha256_hex(c.body),
                                   kSuiteTime)),
              c.expected)
        << c.name;
  }
}

TEST(SigV4, VerifiesThePublicSuite) {
  for (const SuiteCase& c : kSuite) {
    SignableRequest request = c.request;
    const std::string expected = c.expected;
    const auto space = expected.find(' ');
    request.headers.push_back({"X-Amz-Date", "20150830T123600Z"});
    request.headers.push_back(
        {"Authorization",
         "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
         "SignedHeaders=" +
             expected.substr(0, space) + ", Signature=" + expected.substr(space + 1)});
    const auto lookup = [](std::string_view) -> Result<Credentials> { return kSuiteCredentials; };
    const auto verified = verify(request, kSuiteScope, lookup, kSuiteTime, sha256_hex(c.body));
    ASSERT_TRUE(verified) << c.name << ": " << verified.error().message;
    EXPECT_EQ(verified->access_key_id, "AKIDEXAMPLE");
  }
}

// Source: as above, get-vanilla-with-session-token.
TEST(SigV4, SignsTheSessionToken) {
  Credentials credentials = kSuiteCredentials;
  credentials.session_token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
  EXPECT_EQ(summary(sign_headers(suite_request("GET", "/"), credentials, kSuiteScope,
                                 sha256_hex(""), kSuiteTime)),
            "host;x-amz-date;x-amz-security-token "
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

// Source: as above, the query-signed requests of get-vanilla, get-slash-pointless-dot-normalized
// and get-vanilla-with-session-token.
TEST(SigV4, PresignsThePublicSuite) {
  Credentials with_token = kSuiteCredentials;
  with_token.session_token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
  const auto signature = [](const std::string& path, const Credentials& credentials) {
    const auto query = presign(suite_request("GET", path), credentials, kSuiteScope, kSuiteTime,
                               std::chrono::hours(1), sha256_hex(""));
    return query ? query->substr(query->rfind('=') + 1) : query.error().message;
  };
  EXPECT_EQ(signature("/", kSuiteCredentials),
            "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d");
  EXPECT_EQ(signature("/./example", kSuiteCredentials),
            "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de");
  EXPECT_EQ(signature("/", with_token),
            "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c");
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

// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
// Transferring Payload in a Single Chunk", the four examples.
TEST(SigV4, SignsTheS3Examples) {
  const SuiteCase cases[] = {
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
  for (const SuiteCase& c : cases) {
    EXPECT_EQ(
        summary(sign_headers(c.request, kS3Credentials, kS3Scope, sha256_hex(c.body), kS3Time)),
        c.expected)
        << c.name;
  }
}

// Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
TEST(SigV4, PresignsTheS3Example) {
  EXPECT_EQ(
      presign(s3_request("GET", "/test.txt"), kS3Credentials, kS3Scope, kS3Time,
              std::chrono::seconds(86'400))
          .value(),
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-"
      "east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
      "SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
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
  EXPECT_EQ(sign_headers(suite_request("GET", "/"), kSuiteCredentials, kSuiteScope, sha256_hex(""),
                         kSuiteTime)
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

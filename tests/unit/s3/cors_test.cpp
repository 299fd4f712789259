#include "s3/cors.hpp"

#include "s3/s3_fixture.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kOrigin = "https://app.example.com";
constexpr std::string_view kAsked =
    "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token";

class CorsTest : public S3Fixture {
 protected:
  http::Response preflight(std::string_view origin, std::string_view method = "PUT",
                           std::string_view headers = kAsked) {
    return send(http::make_request("OPTIONS", "/bucket/" + std::string(kS3Key), "",
                                   {{"Origin", std::string(origin)},
                                    {"Access-Control-Request-Method", std::string(method)},
                                    {"Access-Control-Request-Headers", std::string(headers)}}));
  }
  static void expect_readable(const http::Response& response) {
    EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), kOrigin);
    EXPECT_NE(http::header_of(response, "Access-Control-Expose-Headers").find("ETag"),
              std::string::npos);
    EXPECT_EQ(http::header_of(response, "Vary"), "Origin");
  }
  static S3Upload from_page(S3Upload upload = {}) {
    upload.headers.push_back({"Origin", std::string(kOrigin)});
    return upload;
  }
};

TEST_F(CorsTest, APreflightOfAnAllowedOriginIsAccepted) {
  for (const auto* method : {"PUT", "POST", "GET", "HEAD", "DELETE"}) {
    const auto response = preflight(kOrigin, method);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), kOrigin);
    EXPECT_NE(http::header_of(response, "Access-Control-Allow-Methods").find(method),
              std::string::npos);
    EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Headers"), kAsked);
    EXPECT_EQ(http::header_of(response, "Access-Control-Max-Age"), "3600");
  }
  EXPECT_EQ(preflight(kOrigin, "PUT", "").status, 200);
}

TEST_F(CorsTest, AnyOtherPreflightIsNot) {
  EXPECT_EQ(outcome(preflight("https://other.example.com")), "403 AccessForbidden");
  EXPECT_EQ(outcome(preflight("null")), "403 AccessForbidden");
  EXPECT_EQ(outcome(preflight(kOrigin, "PATCH")), "403 AccessForbidden");
  EXPECT_EQ(outcome(preflight(kOrigin, "PUT", "a b")), "403 AccessForbidden");
  const auto refused = preflight("https://other.example.com");
  EXPECT_EQ(http::header_of(refused, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(bad_signatures_, 0);
}

TEST_F(CorsTest, ThePageMayReadTheETagOfItsUpload) {
  const auto response = put(from_page());
  EXPECT_EQ(response.status, 200);
  expect_readable(response);
  EXPECT_NE(http::header_of(response, "ETag"), "");
  EXPECT_EQ(http::header_of(put({}), "Access-Control-Allow-Origin"), "");
}

TEST_F(CorsTest, PartsAndErrorsAreReadableToo) {
  const auto created = put(from_page({.method = "POST", .query = "uploads=", .body = ""}));
  EXPECT_EQ(created.status, 200);
  expect_readable(created);
  const auto id = text_in(http::body_of(created), "UploadId");
  const auto part = put(from_page({.query = "partNumber=1&uploadId=" + id}));
  EXPECT_EQ(part.status, 200);
  expect_readable(part);

  auto forged = sign(from_page());
  forged.headers.push_back({"x-amz-security-token", "other"});
  expect_readable(send(forged));
  const auto denied = put(from_page({.path = "/bucket/stream_input/s2/chunk_00000.mp4"}));
  EXPECT_EQ(outcome(denied), "403 AccessDenied");
  expect_readable(denied);
  const auto wrong = put(from_page({.payload_hash = std::string(64, '0')}));
  EXPECT_EQ(wrong.status, 400);
  expect_readable(wrong);
  const http::RequestHead& head = sign(from_page());
  expect_readable(api_->error(head, 503, "the server is stopping"));
}

}  // namespace
}  // namespace streamkit::s3

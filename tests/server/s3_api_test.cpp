#include "server/s3_api.hpp"

#include <gtest/gtest.h>

#include <streamkit/core/chunk_key.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "flaky_session_store.hpp"
#include "requests.hpp"

namespace streamkit::server {
namespace {

constexpr std::string_view kKey = "stream_input/s1/chunk_00000.mp4";

// What an upload is signed and sent with; tests change one thing at a time.
struct Upload {
  std::string method = "PUT";
  std::string path = "/bucket/" + std::string(kKey);
  std::string query = {};
  std::string body = "chunk bytes";
  std::string region = "eu-west-1";
  net::Credentials credentials{"KEY", "SECRET", "TOKEN"};
  net::HttpHeaders headers = {{"Content-Type", "video/mp4"}};
  std::string payload_hash = {};
  std::chrono::seconds clock_offset{0};
};

class S3ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.create(example_session("s1")));
    ASSERT_TRUE(store_.create(example_session("s2")));
    ASSERT_TRUE(store_.add_credentials({"KEY", "SECRET", "TOKEN", "s1", in(hours(1))}));
    ASSERT_TRUE(store_.add_credentials({"KEY2", "SECRET2", "TOKEN2", "s2", in(hours(1))}));
  }
  using hours = std::chrono::hours;
  WallTime in(std::chrono::seconds time) { return clock_.system_now() + time; }

  Request sign(const Upload& upload) {
    auto request = make_request(upload.method, upload.path, upload.body, upload.headers);
    request.query = upload.query;
    const net::SignableRequest signable{upload.method, "127.0.0.1:8000", upload.path, upload.query,
                                        upload.headers};
    const std::string hash =
        upload.payload_hash.empty() ? net::sha256_hex(upload.body) : upload.payload_hash;
    const auto added = net::sign_headers(signable, upload.credentials, {.region = upload.region},
                                         hash, in(upload.clock_offset));
    EXPECT_TRUE(added) << added.error().message;
    request.headers.insert(request.headers.end(), added->begin(), added->end());
    request.headers.push_back({"Content-Length", std::to_string(upload.body.size())});
    return request;
  }
  Response put(const Upload& upload) { return api_.handle(sign(upload)); }

  static std::string code_of(const Response& response) {
    const std::string body = body_of(response);
    const auto start = body.find("<Code>");
    if (start == std::string::npos) return {};
    return body.substr(start + 6, body.find("</Code>") - start - 6);
  }
  // "403 AccessDenied"
  std::string refusal(const Upload& upload) { return outcome(put(upload)); }
  static std::string outcome(const Response& response) {
    return std::to_string(response.status) + " " + code_of(response);
  }
  bool stored(std::string_view key = kKey) { return memory_.head(key, {}).has_value(); }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  FlakySessionStore store_;
  testing::MemoryObjectStore memory_;
  testing::FaultInjectingObjectStore objects_{memory_};
  testing::MemoryJobQueue jobs_{{.clock = &clock_}};
  S3Api api_{store_,
             jobs_,
             objects_,
             {.bucket = "bucket", .region = "eu-west-1"},
             {.logger = &logger_, .clock = &clock_}};
};

TEST_F(S3ApiTest, StoresRecordsAndRaisesTheEvent) {
  const auto response = put({});
  ASSERT_EQ(response.status, 200) << body_of(response);
  EXPECT_EQ(header_of(response, "ETag"), "\"0628eb1ea0e4bef9a16f5172e092e116\"");
  const auto object = memory_.get(kKey, {});
  ASSERT_TRUE(object);
  EXPECT_EQ(std::string(object->begin(), object->end()), "chunk bytes");
  EXPECT_EQ(memory_.content_type_of(kKey), "video/mp4");
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 1u);

  const auto job = jobs_.receive(std::chrono::seconds(1), {}, {});
  ASSERT_TRUE(job && *job);
  const auto events = net::parse_s3_event((*job)->body);
  ASSERT_TRUE(events);
  EXPECT_EQ(*events, (std::vector<net::ObjectCreated>{{"bucket", std::string(kKey), 11}}));
}

TEST_F(S3ApiTest, AcceptsUnsignedPayloadsAndPresignedUrls) {
  EXPECT_EQ(put({.payload_hash = std::string(net::kUnsignedPayload)}).status, 200);

  auto request = make_request("PUT", "/bucket/" + std::string(kKey), "body");
  const auto query =
      net::presign({"PUT", "127.0.0.1:8000", request.path}, {"KEY", "SECRET", "TOKEN"},
                   {.region = "eu-west-1"}, clock_.system_now(), std::chrono::minutes(5));
  ASSERT_TRUE(query);
  request.query = *query;
  request.headers.push_back({"Content-Length", "4"});
  EXPECT_TRUE(api_.is_s3(request));
  EXPECT_EQ(api_.handle(request).status, 200);
  clock_.advance(std::chrono::minutes(6));
  EXPECT_EQ(outcome(api_.handle(request)), "403 AccessDenied");
}

TEST_F(S3ApiTest, AcceptsAnEncodedKeyAndTheSdksOwnQuery) {
  EXPECT_EQ(put({.path = "/bucket/stream_input/s1/chunk%5F00000.mp4"}).status, 200);
  EXPECT_TRUE(stored());
  EXPECT_EQ(put({.query = "x-id=PutObject"}).status, 200);
}

TEST_F(S3ApiTest, RefusesWrongSignatures) {
  EXPECT_EQ(refusal({.credentials = {"KEY", "WRONG", "TOKEN"}}), "403 SignatureDoesNotMatch");
  EXPECT_EQ(refusal({.credentials = {"NOBODY", "SECRET", "TOKEN"}}), "403 InvalidAccessKeyId");
  EXPECT_EQ(refusal({.credentials = {"KEY", "SECRET", "TOKEN2"}}), "400 InvalidToken");
  EXPECT_EQ(refusal({.credentials = {"KEY", "SECRET", ""}}), "400 InvalidToken");
  EXPECT_EQ(refusal({.region = "us-east-1"}), "403 AccessDenied");
  EXPECT_EQ(refusal({.clock_offset = std::chrono::minutes(16)}), "403 RequestTimeTooSkewed");
  EXPECT_EQ(outcome(api_.handle(make_request("PUT", "/bucket/" + std::string(kKey)))),
            "403 AccessDenied");
  EXPECT_FALSE(stored());
}

TEST_F(S3ApiTest, RefusesARequestThatWasChanged) {
  auto other_body = sign({});
  other_body.body = "other bytes";
  EXPECT_EQ(outcome(api_.handle(other_body)), "400 XAmzContentSHA256Mismatch");
  auto other_path = sign({});
  other_path.path = "/bucket/stream_input/s1/chunk_00001.mp4";
  EXPECT_EQ(outcome(api_.handle(other_path)), "403 SignatureDoesNotMatch");
  auto more_headers = sign({});
  more_headers.headers.push_back({"x-amz-acl", "public-read"});
  EXPECT_EQ(outcome(api_.handle(more_headers)), "403 AccessDenied");
  EXPECT_FALSE(stored());
}

TEST_F(S3ApiTest, CredentialsCoverTheirOwnChunksOnly) {
  EXPECT_EQ(refusal({.credentials = {"KEY2", "SECRET2", "TOKEN2"}}), "403 AccessDenied");
  for (const auto* path :
       {"/bucket/stream_input/s2/chunk_00000.mp4", "/bucket/stream_output/s1/seg_00000.mp4",
        "/bucket/stream_input/s1/chunk_1.mp4", "/bucket/stream_input/s1/other.txt", "/bucket/",
        "/bucket", "/bucket/segments/s1/00000_00001_sbs.mp4",
        "/bucket/stream_input/s1/..%2Fs2%2Fchunk_00000.mp4", "/bucket/%00",
        "/other/stream_input/s1/chunk_00000.mp4", "/bucket2/stream_input/s1/chunk_00000.mp4"}) {
    EXPECT_EQ(refusal({.path = path}), "403 AccessDenied") << path;
  }
  EXPECT_EQ(refusal({.path = "/bucket/" + std::string(1024, 'k')}), "403 AccessDenied");
}

TEST_F(S3ApiTest, CredentialsMayOnlyPut) {
  for (const auto* method : {"GET", "HEAD", "DELETE", "POST"}) {
    EXPECT_EQ(refusal({.method = method, .body = ""}), "403 AccessDenied") << method;
  }
  EXPECT_EQ(refusal({.query = "partNumber=1&uploadId=x"}), "501 NotImplemented");
  EXPECT_EQ(refusal({.query = "acl="}), "501 NotImplemented");
  EXPECT_EQ(refusal({.headers = {{"x-amz-copy-source", "bucket/key"}}}), "501 NotImplemented");
  EXPECT_EQ(refusal({.payload_hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}), "501 NotImplemented");
}

TEST_F(S3ApiTest, ExpiredCredentialsAreNamedSo) {
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(refusal({}), "400 ExpiredToken");
  // Only to whom has the secret.
  EXPECT_EQ(refusal({.credentials = {"KEY", "WRONG", "TOKEN"}}), "403 SignatureDoesNotMatch");
}

TEST_F(S3ApiTest, ChunksAfterTheEndAreStoredButDoNotCount) {
  ASSERT_EQ(put({}).status, 200);
  ASSERT_TRUE(store_.end("s1", {}));
  EXPECT_EQ(put({.path = "/bucket/stream_input/s1/chunk_00001.mp4"}).status, 200);
  EXPECT_TRUE(stored("stream_input/s1/chunk_00001.mp4"));
  EXPECT_EQ(store_.find("s1")->final_chunk_count, 1u);
  EXPECT_EQ(jobs_.depth()->waiting, 2u);
}

TEST_F(S3ApiTest, VerifiesChecksums) {
  EXPECT_EQ(refusal({.headers = {{"Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw=="}}}), "400 BadDigest");
  EXPECT_EQ(refusal({.headers = {{"Content-MD5", "nonsense"}}}), "400 InvalidDigest");
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-crc32", "AAAAAA=="}}}), "400 BadDigest");
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-new", "AAAAAA=="}}}), "501 NotImplemented");
  EXPECT_FALSE(stored());
  EXPECT_EQ(put({.headers = {{"Content-MD5", "BijrHqDkvvmhb1Fy4JLhFg=="}}}).status, 200);
}

TEST_F(S3ApiTest, NeedsALength) {
  auto request = sign({});
  request.headers.pop_back();
  EXPECT_EQ(outcome(api_.handle(request)), "411 MissingContentLength");
}

TEST_F(S3ApiTest, AcknowledgesNothingThatWasNotStoredRecordedAndRaised) {
  objects_.script(testing::ObjectCall::Put, {Error{ErrorCode::Unavailable, "/secret/path failed"}});
  const auto not_stored = put({});
  EXPECT_EQ(outcome(not_stored), "503 ServiceUnavailable");
  EXPECT_EQ(body_of(not_stored).find("secret"), std::string::npos);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 0u);
  EXPECT_EQ(jobs_.depth()->waiting, 0u);

  store_.failing_records = true;
  EXPECT_EQ(refusal({}), "503 ServiceUnavailable");
  EXPECT_EQ(jobs_.depth()->waiting, 0u);
  store_.failing_records = false;
  EXPECT_EQ(put({}).status, 200);
  EXPECT_EQ(jobs_.depth()->waiting, 1u);

  objects_.script(testing::ObjectCall::Put, {Error{ErrorCode::ResourceExhausted, "full"}});
  EXPECT_EQ(refusal({}), "507 InsufficientStorage");
  store_.failing = true;
  EXPECT_EQ(refusal({}), "503 ServiceUnavailable");
}

TEST_F(S3ApiTest, KnowsItsRequestsByBucketOrSignature) {
  EXPECT_TRUE(api_.is_s3(make_request("PUT", "/bucket/key")));
  EXPECT_TRUE(api_.is_s3(make_request("GET", "/bucket")));
  EXPECT_TRUE(api_.is_s3(make_request("GET", "/?X-Amz-Signature=x")));
  EXPECT_TRUE(api_.is_s3(
      make_request("GET", "/other", "", {{"Authorization", "AWS4-HMAC-SHA256 Credential=..."}})));
  EXPECT_FALSE(api_.is_s3(make_request("GET", "/bucketful/key")));
  EXPECT_FALSE(api_.is_s3(make_request("GET", "/stream/s1/playlist.m3u8")));
  EXPECT_FALSE(api_.is_s3(Request{}));
}

TEST(S3ErrorTest, EscapesWhatItRepeats) {
  const auto response =
      s3_error(make_request("PUT", "/bucket/<&\">\xff"), 403, "AccessDenied", "no");
  EXPECT_NE(body_of(response).find("<Resource>/bucket/&lt;&amp;&quot;&gt;?</Resource>"),
            std::string::npos);
  EXPECT_EQ(header_of(response, "Content-Type"), "application/xml");
}

}  // namespace
}  // namespace streamkit::server

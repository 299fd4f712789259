#include <filesystem>
#include <streamkit/local/disk_object_store.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/chunk_key.hpp>

#include "local/temporary_folder.hpp"
#include "s3/s3_fixture.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kKey = kS3Key;
using Upload = S3Upload;
using S3ApiTest = S3Fixture;

TEST_F(S3ApiTest, StoresRecordsAndRaisesTheEvent) {
  const auto response = put({});
  ASSERT_EQ(response.status, 200) << http::body_of(response);
  EXPECT_EQ(http::header_of(response, "ETag"),
            '"' + net::sha256_hex("chunk bytes").substr(0, 32) + "-1\"");
  EXPECT_FALSE(http::header_of(response, "x-amz-request-id").empty());
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

  auto request = http::make_request("PUT", "/bucket/" + std::string(kKey), "body");
  const auto query =
      net::presign({"PUT", "127.0.0.1:8000", request.path}, {"KEY", "SECRET", "TOKEN"},
                   {.region = "eu-west-1"}, clock_.system_now(), std::chrono::minutes(5));
  ASSERT_TRUE(query);
  request.query = *query;
  request.headers.push_back({"Content-Length", "4"});
  EXPECT_TRUE(api_->claims(request));
  EXPECT_EQ(send(request).status, 200);
  clock_.advance(std::chrono::minutes(6));
  EXPECT_EQ(outcome(send(request)), "403 AccessDenied");
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
  EXPECT_EQ(outcome(send(http::make_request("PUT", "/bucket/" + std::string(kKey)))),
            "403 AccessDenied");
  EXPECT_FALSE(stored());
}

TEST_F(S3ApiTest, RefusesARequestThatWasChanged) {
  auto other_body = sign({});
  other_body.body = "other bytes";
  EXPECT_EQ(outcome(send(other_body)), "400 XAmzContentSHA256Mismatch");
  auto other_path = sign({});
  other_path.path = "/bucket/stream_input/s1/chunk_00001.mp4";
  EXPECT_EQ(outcome(send(other_path)), "403 SignatureDoesNotMatch");
  auto more_headers = sign({});
  more_headers.headers.push_back({"x-amz-acl", "public-read"});
  EXPECT_EQ(outcome(send(more_headers)), "403 AccessDenied");
  EXPECT_FALSE(stored());
}

TEST_F(S3ApiTest, CredentialsCoverTheirOwnChunksOnly) {
  EXPECT_EQ(refusal({.credentials = {"KEY2", "SECRET2", "TOKEN2"}}), "403 AccessDenied");
  for (const auto* path :
       {"/bucket/stream_input/s2/chunk_00000.mp4", "/bucket/stream_output/s1/seg_00000.mp4",
        "/bucket/stream_input/s1/chunk_1.mp4", "/bucket/stream_input/s1/other.txt",
        "/bucket/stream_input/s1/chunk_100000000.mp4",
        "/bucket/stream_input/s1/chunk_18446744073709551615.mp4", "/bucket/", "/bucket",
        "/bucket/segments/s1/00000_00001_sbs.mp4",
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
  for (const auto* query : {"acl=", "tagging=", "partNumber=1", "torrent="}) {
    EXPECT_EQ(refusal({.query = query}), "403 AccessDenied") << query;
  }
  EXPECT_EQ(refusal({.headers = {{"x-amz-copy-source", "bucket/key"}}}), "403 AccessDenied");
  EXPECT_EQ(refusal({.method = "GET", .path = "/", .body = ""}), "403 AccessDenied");
  EXPECT_EQ(refusal({.method = "GET", .path = "/bucket", .query = "list-type=2", .body = ""}),
            "403 AccessDenied");
}

// A client that looks before or after it puts is not one that guesses.
TEST_F(S3ApiTest, TellsBadSignaturesFromCallsThatAreNotAllowed) {
  EXPECT_EQ(refusal({.method = "HEAD", .body = ""}), "403 AccessDenied");
  EXPECT_EQ(refusal({.path = "/bucket/other.txt"}), "403 AccessDenied");
  EXPECT_EQ(bad_signatures_, 0);
  EXPECT_EQ(refusal({.credentials = {"KEY", "WRONG", "TOKEN"}}), "403 SignatureDoesNotMatch");
  EXPECT_EQ(refusal({.credentials = {"NOBODY", "SECRET", "TOKEN"}}), "403 InvalidAccessKeyId");
  EXPECT_EQ(bad_signatures_, 2);
}

TEST_F(S3ApiTest, RefusesWhatItWouldHaveToLeaveOut) {
  for (const auto* name : {"x-amz-server-side-encryption", "x-amz-tagging"}) {
    EXPECT_EQ(refusal({.headers = {{name, "x"}}}), "501 NotImplemented") << name;
  }
  EXPECT_EQ(refusal({.headers = {{"If-None-Match", "*"}}}), "501 NotImplemented");
  EXPECT_EQ(put({.headers = {{"x-amz-meta-note", "x"}, {"x-amz-acl", "private"}}}).status, 200);
}

TEST_F(S3ApiTest, TakesVirtualHostStyle) {
  const std::string path = "/" + std::string(kKey);
  EXPECT_EQ(put({.path = path, .host = "bucket.s3.example.org"}).status, 200);
  EXPECT_EQ(stored_text(), "chunk bytes");
  EXPECT_EQ(refusal({.path = path, .host = "other.s3.example.org"}), "403 AccessDenied");
  // A host may begin with the bucket's name by chance.
  EXPECT_EQ(put({.host = "bucket.example.org"}).status, 200);
}

TEST_F(S3ApiTest, RefusesBadPaths) {
  auto request = sign({});
  request.path += "%zz";
  EXPECT_EQ(outcome(send(request)), "400 InvalidURI");
  EXPECT_EQ(refusal({.path = "/bucket/" + std::string(1025, 'k')}), "400 KeyTooLongError");
  EXPECT_EQ(refusal({.path = "/bucket/stream_input/s1/\xC3\xA9.mp4"}), "403 AccessDenied");
}

TEST_F(S3ApiTest, ExpiredCredentialsAreNamedSo) {
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(refusal({}), "400 ExpiredToken");
  // Only to whom has the secret.
  EXPECT_EQ(refusal({.credentials = {"KEY", "WRONG", "TOKEN"}}), "403 SignatureDoesNotMatch");
}

TEST_F(S3ApiTest, UploadsUnderWayAtTheEndAreStoredButDoNotCount) {
  ASSERT_EQ(put({}).status, 200);
  ASSERT_TRUE(store_.end("s1", clock_.system_now()));
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(put({.path = "/bucket/stream_input/s1/chunk_00001.mp4"}).status, 200);
  EXPECT_TRUE(stored("stream_input/s1/chunk_00001.mp4"));
  EXPECT_EQ(store_.find("s1")->final_chunk_count, 1u);
  EXPECT_EQ(jobs_.depth()->waiting, 2u);
}

TEST_F(S3ApiTest, AfterTheEndAChunkIsNotReplaced) {
  ASSERT_EQ(put({}).status, 200);
  ASSERT_TRUE(store_.end("s1", clock_.system_now()));
  EXPECT_EQ(put({}).status, 200);  // A client that did not get the first answer.
  EXPECT_EQ(refusal({.body = "other bytes"}), "403 AccessDenied");
  EXPECT_EQ(stored_text(), "chunk bytes");
}

TEST_F(S3ApiTest, ASessionThatHasEndedOrIsGoneTakesNothing) {
  ASSERT_TRUE(store_.end("s1", clock_.system_now()));
  clock_.advance(std::chrono::seconds(61));
  EXPECT_EQ(refusal({}), "403 AccessDenied");
  EXPECT_EQ(refusal({.method = "POST", .query = "uploads=", .body = ""}), "403 AccessDenied");
  EXPECT_FALSE(stored());
  EXPECT_EQ(jobs_.depth()->waiting, 0u);
}

TEST_F(S3ApiTest, VerifiesChecksums) {
  EXPECT_EQ(refusal({.headers = {{"Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw=="}}}), "400 BadDigest");
  EXPECT_EQ(refusal({.headers = {{"Content-MD5", "nonsense"}}}), "400 InvalidDigest");
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-crc32", "AAAAAA=="}}}), "400 BadDigest");
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-new", "AAAAAA=="}}}), "501 NotImplemented");
  EXPECT_FALSE(stored());
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-crc32", "AAAA"}}}), "400 InvalidRequest");
  EXPECT_EQ(refusal({.headers = {{"x-amz-checksum-crc32", "AAAAAA=="},
                                 {"x-amz-checksum-crc32c", "AAAAAA=="}}}),
            "400 InvalidRequest");
  EXPECT_FALSE(stored());
  EXPECT_EQ(put({.headers = {{"Content-MD5", "BijrHqDkvvmhb1Fy4JLhFg=="}}}).status, 200);
  for (const auto kind : {ChecksumKind::Crc32, ChecksumKind::Crc32c, ChecksumKind::Crc64Nvme,
                          ChecksumKind::Sha1, ChecksumKind::Sha256}) {
    const auto name = "x-amz-checksum-" + std::string(to_string(kind));
    const auto value = base64(checksum_of(kind, "chunk bytes"));
    const auto response = put({.headers = {{name, value}}});
    EXPECT_EQ(response.status, 200) << name;
    EXPECT_EQ(http::header_of(response, name), value);
  }
}

TEST_F(S3ApiTest, NeedsALength) {
  auto request = sign({});
  request.headers.pop_back();
  EXPECT_EQ(outcome(send(request)), "411 MissingContentLength");
}

TEST_F(S3ApiTest, RefusesLargeBodiesByTheirHead) {
  auto request = sign({});
  request.headers.back().value = std::to_string(64 * 1024 * 1024 + 1);
  EXPECT_EQ(outcome(send(request)), "400 EntityTooLarge");
  request.headers.back().value = "many";
  EXPECT_EQ(outcome(send(request)), "400 InvalidArgument");
  auto cut_short = sign({});
  cut_short.headers.back().value = "12";
  EXPECT_EQ(outcome(send(cut_short)), "400 IncompleteBody");
  EXPECT_FALSE(stored());
}

TEST_F(S3ApiTest, TakesUnsignedPiecesWithATrailer) {
  const auto upload = [&](std::string_view checksum) {
    return S3Upload{.body = "6\r\nchunk \r\n5\r\nbytes\r\n0\r\nx-amz-checksum-crc32:" +
                            std::string(checksum) + "\r\n\r\n",
                    .headers = {{"Content-Encoding", "aws-chunked"},
                                {"x-amz-trailer", "x-amz-checksum-crc32"},
                                {"x-amz-decoded-content-length", "11"}},
                    .payload_hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"};
  };
  EXPECT_EQ(refusal(upload("AAAAAA==")), "400 BadDigest");
  EXPECT_EQ(refusal(upload("nonsense")), "400 BadDigest");
  EXPECT_EQ(refusal(upload("")), "400 InvalidRequest");
  EXPECT_FALSE(stored());
  const auto right = base64(checksum_of(ChecksumKind::Crc32, "chunk bytes"));
  const auto response = put(upload(right));
  ASSERT_EQ(response.status, 200) << http::body_of(response);
  EXPECT_EQ(http::header_of(response, "x-amz-checksum-crc32"), right);
  EXPECT_EQ(stored_text(), "chunk bytes");

  auto no_length = upload(right);
  no_length.headers.pop_back();
  EXPECT_EQ(refusal(no_length), "411 MissingContentLength");
  auto other_trailer = upload(right);
  other_trailer.headers[1].value = "x-other";
  EXPECT_EQ(refusal(other_trailer), "400 InvalidRequest");
  auto broken = upload(right);
  broken.body = "zz\r\nchunk bytes";
  EXPECT_EQ(refusal(broken), "400 InvalidRequest");
  auto cut_short = upload(right);
  cut_short.body = "6\r\nchunk ";
  EXPECT_EQ(refusal(cut_short), "400 IncompleteBody");
}

TEST_F(S3ApiTest, ETagsAreMd5WhereOneWasComputed) {
  const std::string md5 = "\"0628eb1ea0e4bef9a16f5172e092e116\"";
  const auto unsigned_body = put({.payload_hash = std::string(net::kUnsignedPayload)});
  EXPECT_EQ(http::header_of(unsigned_body, "ETag"), md5);
  const auto with_md5 = put({.headers = {{"Content-MD5", "BijrHqDkvvmhb1Fy4JLhFg=="}}});
  EXPECT_EQ(http::header_of(with_md5, "ETag"), md5);
}

TEST_F(S3ApiTest, AcknowledgesNothingThatWasNotStoredRaisedAndRecorded) {
  faults_->script(testing::ObjectCall::Put, {Error{ErrorCode::Unavailable, "/secret/path failed"}});
  const auto not_stored = put({});
  EXPECT_EQ(outcome(not_stored), "503 ServiceUnavailable");
  EXPECT_EQ(http::body_of(not_stored).find("secret"), std::string::npos);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 0u);
  EXPECT_EQ(jobs_.depth()->waiting, 0u);

  // A chunk that is recorded has its job: the job comes first.
  store_.failing_records = true;
  EXPECT_EQ(refusal({}), "503 ServiceUnavailable");
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 0u);
  store_.failing_records = false;
  EXPECT_EQ(put({}).status, 200);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 1u);

  faults_->script(testing::ObjectCall::Put, {Error{ErrorCode::ResourceExhausted, "full"}});
  EXPECT_EQ(refusal({}), "507 InsufficientStorage");
  // The server's trouble with its own disk, not the client's with its rights.
  faults_->script(testing::ObjectCall::Put, {Error{ErrorCode::PermissionDenied, "read-only"}});
  EXPECT_EQ(refusal({}), "503 ServiceUnavailable");
  store_.failing = true;
  EXPECT_EQ(refusal({}), "503 ServiceUnavailable");
}

TEST_F(S3ApiTest, WritesAnObjectToTheStoreAsItComes) {
  const auto request = sign({});
  auto admitted = api_->admit(request);
  auto* admission = std::get_if<http::Admission>(&admitted);
  ASSERT_NE(admission, nullptr);
  EXPECT_TRUE(admission->blocking);
  EXPECT_FALSE(admission->exchange->on_body(bytes_of("chunk ")));
  EXPECT_EQ(faults_->calls(testing::ObjectCall::Append), 1u);
  EXPECT_FALSE(admission->exchange->on_body(bytes_of("bytes")));
  EXPECT_FALSE(stored());
  const auto reply = admission->exchange->respond();
  EXPECT_EQ(std::get<http::Response>(reply).status, 200);
  EXPECT_EQ(stored_text(), "chunk bytes");
}

TEST_F(S3ApiTest, StoresAnObjectWithoutBytes) {
  EXPECT_EQ(put({.body = ""}).status, 200);
  EXPECT_TRUE(stored());
  EXPECT_EQ(stored_text(), "");
}

TEST_F(S3ApiTest, UploadsThatBreakOffOrAreWrongLeaveNothingOnTheDisk) {
  const local::TemporaryFolder folder;
  const auto disk = local::DiskObjectStore::open(folder.path());
  ASSERT_TRUE(disk);
  objects_at(**disk);
  const auto is_clean = [&] {
    return std::filesystem::is_empty(folder.path() / ".tmp") &&
           !std::filesystem::exists(folder.path() / "stream_input");
  };
  {
    const auto request = sign({});
    auto admitted = api_->admit(request);
    ASSERT_FALSE(std::get<http::Admission>(admitted).exchange->on_body(bytes_of("chunk ")));
    EXPECT_FALSE(is_clean());
  }
  EXPECT_TRUE(is_clean());
  auto changed = sign({});
  changed.body.back() = 'X';
  EXPECT_EQ(outcome(send(changed)), "400 XAmzContentSHA256Mismatch");
  EXPECT_TRUE(is_clean());
  auto short_body = sign({});
  short_body.body.pop_back();
  EXPECT_EQ(outcome(send(short_body)), "400 IncompleteBody");
  // Before the last reference to the request goes.
  EXPECT_TRUE(is_clean());
  EXPECT_EQ(put({}).status, 200);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / ".tmp"));
  EXPECT_EQ((*disk)->head(kS3Key, {})->size_bytes, 11u);
}

TEST_F(S3ApiTest, ADiskThatIsFullEndsAnUploadAtOnce) {
  faults_->script(testing::ObjectCall::Append,
                  {std::nullopt, Error{ErrorCode::ResourceExhausted, "/secret/path is full"}});
  const auto refused = put({});
  EXPECT_EQ(outcome(refused), "507 InsufficientStorage");
  EXPECT_EQ(http::body_of(refused).find("secret"), std::string::npos);
  EXPECT_EQ(faults_->calls(testing::ObjectCall::Append), 2u);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
  EXPECT_FALSE(stored());
  EXPECT_EQ(jobs_.depth()->waiting, 0u);
  EXPECT_EQ(put({}).status, 200);
}

TEST_F(S3ApiTest, UploadsAfterTheEndAreComparedBeforeTheyGoToTheStore) {
  ASSERT_TRUE(store_.end("s1", clock_.system_now()));
  EXPECT_EQ(put({}).status, 200);
  EXPECT_EQ(faults_->calls(testing::ObjectCall::Append), 0u);
  EXPECT_EQ(stored_text(), "chunk bytes");
}

TEST_F(S3ApiTest, WordsTheErrorsOfTheHttpServer) {
  const auto request = http::make_request("PUT", "/bucket/key");
  const auto error = [&](int status) { return outcome(api_->error(request, status, "why")); };
  EXPECT_EQ(error(400), "400 InvalidRequest");
  EXPECT_EQ(error(408), "400 RequestTimeout");
  EXPECT_EQ(error(413), "400 EntityTooLarge");
  EXPECT_EQ(error(429), "503 SlowDown");
  EXPECT_EQ(error(431), "400 RequestHeaderSectionTooLarge");
  EXPECT_EQ(error(500), "500 InternalError");
  EXPECT_EQ(error(503), "503 ServiceUnavailable");
}

TEST_F(S3ApiTest, ABodyThatGoesToTheStoreTakesNoMemory) {
  S3Upload upload{.body = std::string(100'000, 'x')};
  const auto held = [&](const S3Upload& call) {
    const auto request = sign(call);
    auto admitted = api_->admit(request);
    auto* admission = std::get_if<http::Admission>(&admitted);
    if (admission == nullptr) return ~std::uint64_t{0};
    EXPECT_EQ(admission->sender, "s1");
    EXPECT_EQ(admission->exchange->held_bytes() & ~std::uint64_t{63}, 0u);
    EXPECT_FALSE(admission->exchange->on_body(bytes_of(std::string_view(call.body).substr(1))));
    return admission->exchange->held_bytes();
  };
  EXPECT_LT(held(upload), 64u);
  // A part of an upload is collected, and takes what has arrived of it.
  upload.query = "partNumber=1&uploadId=id";
  EXPECT_GE(held(upload), 99'999u);
  EXPECT_LE(held(upload), 100'000u);
}

TEST_F(S3ApiTest, KnowsItsRequestsByBucketOrSignature) {
  EXPECT_TRUE(api_->claims(http::make_request("PUT", "/bucket/key")));
  EXPECT_TRUE(api_->claims(http::make_request("GET", "/bucket")));
  EXPECT_TRUE(api_->claims(http::make_request("GET", "/?X-Amz-Signature=x")));
  EXPECT_TRUE(api_->claims(http::make_request(
      "GET", "/other", "", {{"Authorization", "AWS4-HMAC-SHA256 Credential=..."}})));
  EXPECT_FALSE(api_->claims(http::make_request("GET", "/bucketful/key")));
  EXPECT_FALSE(api_->claims(http::make_request("GET", "/stream/s1/playlist.m3u8")));
  EXPECT_FALSE(api_->claims(http::RequestHead{}));
  const auto at_host = [](std::string_view path, std::string host) {
    auto request = http::make_request("PUT", path);
    request.headers.back().value = std::move(host);
    return request;
  };
  EXPECT_TRUE(api_->claims(at_host("/" + std::string(kKey), "bucket.localhost:8000")));
  EXPECT_FALSE(api_->claims(at_host("/" + std::string(kKey), "other.localhost:8000")));
  EXPECT_FALSE(api_->claims(at_host("/stream/s1/playlist.m3u8", "bucket.localhost:8000")));
}

TEST(S3ErrorTest, EscapesWhatItRepeats) {
  const auto response =
      error_response(http::make_request("PUT", "/bucket/<&\">\xff"), 403, "AccessDenied", "no");
  EXPECT_NE(http::body_of(response).find("<Resource>/bucket/&lt;&amp;&quot;&gt;?</Resource>"),
            std::string::npos);
  EXPECT_EQ(http::header_of(response, "Content-Type"), "application/xml");
}

}  // namespace
}  // namespace streamkit::s3

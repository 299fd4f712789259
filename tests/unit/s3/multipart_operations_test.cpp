#include "s3/multipart_operations.hpp"

#include <array>
#include <thread>

#include "s3/multipart_assembly.hpp"
#include "s3/s3_fixture.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::size_t kPartBytes = 5 * 1024 * 1024;

class S3MultipartTest : public S3Fixture {
 protected:
  std::string create(net::HttpHeaders headers = {{"Content-Type", "video/mp4"}}) {
    const auto response =
        put({.method = "POST", .query = "uploads=", .body = "", .headers = std::move(headers)});
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    return text_in(http::body_of(response), "UploadId");
  }
  http::Response put_part(const std::string& id, int number, std::string body,
                          net::HttpHeaders headers = {}) {
    auto request = sign({.query = "partNumber=" + std::to_string(number) + "&uploadId=" + id,
                         .body = std::move(body),
                         .headers = std::move(headers)});
    return send(std::move(request), 64 * 1024);
  }
  std::string etag_of_part(const std::string& id, int number, std::string body) {
    const auto response = put_part(id, number, std::move(body));
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    return http::header_of(response, "ETag");
  }
  using Parts = std::vector<std::pair<int, std::string>>;
  http::Response complete(const std::string& id, const Parts& parts,
                          net::HttpHeaders headers = {}) {
    std::string xml = "<CompleteMultipartUpload>";
    for (const auto& [number, etag] : parts) {
      xml += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag +
             "</ETag></Part>";
    }
    return put({.method = "POST",
                .query = "uploadId=" + id,
                .body = xml + "</CompleteMultipartUpload>",
                .headers = std::move(headers)});
  }
  http::Response abort(const std::string& id) {
    return put({.method = "DELETE", .query = "uploadId=" + id, .body = ""});
  }
  std::size_t leftovers() { return memory_.list("multipart/", "", 1000, {})->size(); }
};

TEST_F(S3MultipartTest, PutsPartsTogetherAndRaisesOneEvent) {
  const std::string first(kPartBytes, 'a');
  const auto id = create();
  const auto two = etag_of_part(id, 2, "end");
  const auto one = etag_of_part(id, 1, first);
  EXPECT_FALSE(stored());
  EXPECT_EQ(jobs_.depth()->waiting, 0u);

  const auto response = complete(id, {{1, one}, {2, two}});
  ASSERT_EQ(response.status, 200) << http::body_of(response);
  EXPECT_EQ(text_in(http::body_of(response), "Key"), kS3Key);
  EXPECT_TRUE(text_in(http::body_of(response), "ETag").ends_with("-2&quot;"));
  EXPECT_EQ(stored_text(), first + "end");
  EXPECT_EQ(memory_.content_type_of(kS3Key), "video/mp4");
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 1u);
}

TEST_F(S3MultipartTest, CompletingTwiceAtTheSameTimeRaisesOneEvent) {
  const auto id = create();
  const auto one = etag_of_part(id, 1, "x");
  std::array<http::Response, 4> responses;
  {
    std::vector<std::jthread> threads;
    for (auto& response : responses) {
      threads.emplace_back([&] { response = complete(id, {{1, one}}); });
    }
  }
  for (const auto& response : responses) {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(http::body_of(response), http::body_of(responses[0]));
  }
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
}

TEST_F(S3MultipartTest, CompletingAgainAnswersTheSame) {
  const auto id = create();
  const auto one = etag_of_part(id, 1, "x");
  const auto first = complete(id, {{1, one}});
  ASSERT_EQ(first.status, 200);
  const auto again = complete(id, {{1, one}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(http::body_of(again), http::body_of(first));
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
  EXPECT_EQ(outcome(complete(id, {{2, one}})), "404 NoSuchUpload");
  EXPECT_EQ(outcome(put_part(id, 2, "y")), "404 NoSuchUpload");
  EXPECT_EQ(leftovers(), 1u);
}

TEST_F(S3MultipartTest, APartCanBeReplaced) {
  const auto id = create();
  const auto old = etag_of_part(id, 1, "old");
  const auto fresh = etag_of_part(id, 1, "new");
  EXPECT_EQ(outcome(complete(id, {{1, old}})), "400 InvalidPart");
  EXPECT_FALSE(stored());
  EXPECT_EQ(complete(id, {{1, fresh}}).status, 200);
  EXPECT_EQ(stored_text(), "new");
}

TEST_F(S3MultipartTest, RefusesPartsThatDoNotFit) {
  const auto id = create();
  const auto one = etag_of_part(id, 1, "small");
  const auto two = etag_of_part(id, 2, "end");
  EXPECT_EQ(outcome(complete(id, {{2, two}, {1, one}})), "400 InvalidPartOrder");
  EXPECT_EQ(outcome(complete(id, {{1, one}, {1, one}})), "400 InvalidPartOrder");
  EXPECT_EQ(outcome(complete(id, {{3, one}})), "400 InvalidPart");
  EXPECT_EQ(outcome(complete(id, {{1, one}, {2, two}})), "400 EntityTooSmall");
  EXPECT_EQ(outcome(complete(id, {})), "400 MalformedXML");
  EXPECT_EQ(outcome(put_part(id, 0, "x")), "400 InvalidArgument");
  EXPECT_EQ(outcome(put_part(id, 10'001, "x")), "400 InvalidArgument");
  EXPECT_EQ(outcome(complete(id, {{2, two}}, {{"x-amz-mp-object-size", "4"}})),
            "400 InvalidRequest");
  EXPECT_FALSE(stored());
  EXPECT_EQ(complete(id, {{2, two}}, {{"x-amz-mp-object-size", "3"}}).status, 200);
}

TEST_F(S3MultipartTest, TheObjectIsBounded) {
  config_.max_object_bytes = kPartBytes;
  objects_at(memory_);
  const auto id = create();
  const auto one = etag_of_part(id, 1, std::string(kPartBytes, 'a'));
  const auto two = etag_of_part(id, 2, "b");
  EXPECT_EQ(outcome(complete(id, {{1, one}, {2, two}})), "400 EntityTooLarge");
  EXPECT_EQ(outcome(put_part(id, 3, std::string(kPartBytes + 1, 'a'))), "400 EntityTooLarge");
}

TEST_F(S3MultipartTest, UnfinishedUploadsAreBounded) {
  config_.max_object_bytes = 10;
  objects_at(memory_);
  const auto id = create();
  for (int number = 1; number <= 4; ++number) {
    EXPECT_EQ(put_part(id, number, std::string(10, 'a')).status, 200);
  }
  EXPECT_EQ(outcome(put_part(id, 5, std::string(10, 'a'))), "503 SlowDown");
  for (int i = 1; i < 16; ++i) create();
  const S3Upload one_more{.method = "POST", .query = "uploads=", .body = ""};
  EXPECT_EQ(refusal(one_more), "503 SlowDown");
  EXPECT_EQ(abort(id).status, 204);
  EXPECT_EQ(put(one_more).status, 200);
}

// A client that gives up aborts while its parts are still on their way.
TEST_F(S3MultipartTest, APartThatComesBehindTheAbortLeavesNothing) {
  const auto id = create();
  faults_->fail_when([&](testing::ObjectCall call, std::string_view key, std::uint64_t) {
    if (call == testing::ObjectCall::Put && key.ends_with("part_00001")) {
      EXPECT_TRUE(memory_.remove("multipart/s1/" + id + "/manifest", {}));
    }
    return std::optional<Error>();
  });
  EXPECT_EQ(outcome(put_part(id, 1, "a")), "404 NoSuchUpload");
  EXPECT_EQ(leftovers(), 0u);
}

TEST_F(S3MultipartTest, PartsAreBoundedInNumber) {
  const auto id = create();
  for (int number = 1; number <= 4096; ++number) {
    const std::string digits = std::to_string(number);
    const std::string name = "part_" + std::string(5 - digits.size(), '0') + digits;
    ASSERT_TRUE(memory_.put("multipart/s1/" + id + "/" + name, {}, {}, {}));
  }
  EXPECT_EQ(outcome(put_part(id, 5000, "a")), "503 SlowDown");
  EXPECT_EQ(abort(id).status, 204);
  EXPECT_EQ(put_part(create(), 1, "a").status, 200);
}

TEST_F(S3MultipartTest, APartDoesNotListThoseBeforeIt) {
  const auto id = create();
  const auto other = create();
  etag_of_part(id, 1, "x");
  const auto before = faults_->calls(testing::ObjectCall::List);
  for (int number = 2; number <= 40; ++number) etag_of_part(number % 2 ? id : other, number, "x");
  for (int again = 0; again < 20; ++again) etag_of_part(id, 1, "replaced");
  EXPECT_EQ(faults_->calls(testing::ObjectCall::List), before);
}

TEST_F(S3MultipartTest, WhatIsRememberedOfAGroupIsWhatItHolds) {
  config_.max_object_bytes = 10;
  objects_at(memory_);
  const auto id = create();
  etag_of_part(id, 1, std::string(10, 'a'));
  for (int i = 0; i < 8; ++i) etag_of_part(id, 2, std::string(10, 'a'));
  faults_->script(testing::ObjectCall::Put, {Error{ErrorCode::Unavailable, "no disk"}});
  EXPECT_EQ(put_part(id, 3, std::string(10, 'a')).status, 503);
  etag_of_part(id, 3, std::string(10, 'a'));
  etag_of_part(id, 4, std::string(10, 'a'));
  EXPECT_EQ(outcome(put_part(id, 5, "a")), "503 SlowDown");
  etag_of_part(id, 4, std::string(9, 'a'));
  etag_of_part(id, 5, "a");
  EXPECT_EQ(outcome(put_part(id, 6, "a")), "503 SlowDown");
  EXPECT_EQ(abort(id).status, 204);
  const auto next = create();
  for (int number = 1; number <= 4; ++number) etag_of_part(next, number, std::string(10, 'a'));
  EXPECT_EQ(outcome(put_part(next, 5, "a")), "503 SlowDown");
}

TEST_F(S3MultipartTest, ACompletionThatCannotBeRecordedIsNotRepeated) {
  const auto id = create();
  const auto one = etag_of_part(id, 1, "x");
  faults_->fail_when([](testing::ObjectCall call, std::string_view key, std::uint64_t) {
    const bool fails = call == testing::ObjectCall::Put && key.starts_with("multipart/.completed/");
    return fails ? std::optional(Error{ErrorCode::Unavailable, "no disk"}) : std::nullopt;
  });
  EXPECT_EQ(complete(id, {{1, one}}).status, 200);
  EXPECT_EQ(outcome(complete(id, {{1, one}})), "404 NoSuchUpload");
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
  EXPECT_EQ(leftovers(), 0u);
}

TEST_F(S3MultipartTest, AbortingLeavesNothing) {
  const auto id = create();
  etag_of_part(id, 1, "x");
  EXPECT_EQ(abort(id).status, 204);
  EXPECT_EQ(leftovers(), 0u);
  EXPECT_EQ(outcome(abort(id)), "404 NoSuchUpload");
  EXPECT_EQ(outcome(complete(id, {{1, "x"}})), "404 NoSuchUpload");
}

TEST_F(S3MultipartTest, AnUploadBelongsToItsKey) {
  const auto id = create();
  const std::string part = "partNumber=1&uploadId=" + id;
  EXPECT_EQ(refusal({.path = "/bucket/stream_input/s1/chunk_00001.mp4", .query = part}),
            "404 NoSuchUpload");
  EXPECT_EQ(refusal({.path = "/bucket/stream_input/s2/chunk_00000.mp4",
                     .query = part,
                     .credentials = {"KEY2", "SECRET2", "TOKEN2"}}),
            "404 NoSuchUpload");
  EXPECT_EQ(refusal({.query = part, .credentials = {"KEY2", "SECRET2", "TOKEN2"}}),
            "403 AccessDenied");
  for (const auto* other : {"", "..", "%2E%2E%2Fs2", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_EQ(refusal({.query = "partNumber=1&uploadId=" + std::string(other)}),
              "404 NoSuchUpload");
  }
}

TEST_F(S3MultipartTest, VerifiesAnnouncedChecksums) {
  const std::string first(kPartBytes, 'a');
  const auto crc = [](std::string_view text) { return checksum_of(ChecksumKind::Crc32, text); };
  const auto id = create({{"x-amz-checksum-algorithm", "CRC32"}});
  const auto one = etag_of_part(id, 1, first);
  const auto two = etag_of_part(id, 2, "end");
  const auto composite = base64(checksum_of(ChecksumKind::Crc32, crc(first) + crc("end"))) + "-2";
  EXPECT_EQ(outcome(complete(id, {{1, one}, {2, two}}, {{"x-amz-checksum-crc32", "AAAAAA==-2"}})),
            "400 BadDigest");
  const auto response = complete(id, {{1, one}, {2, two}}, {{"x-amz-checksum-crc32", composite}});
  EXPECT_EQ(response.status, 200) << http::body_of(response);
  EXPECT_EQ(text_in(http::body_of(response), "ChecksumCRC32"), composite);
  EXPECT_EQ(text_in(http::body_of(response), "ChecksumType"), "COMPOSITE");
}

TEST_F(S3MultipartTest, VerifiesTheWholeObjectsChecksum) {
  const auto id = create({{"x-amz-checksum-algorithm", "CRC64NVME"}});
  const auto one = etag_of_part(id, 1, "whole");
  const auto right = base64(checksum_of(ChecksumKind::Crc64Nvme, "whole"));
  EXPECT_EQ(outcome(complete(id, {{1, one}}, {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}})),
            "400 BadDigest");
  const auto response = complete(id, {{1, one}}, {{"x-amz-checksum-crc64nvme", right}});
  EXPECT_EQ(text_in(http::body_of(response), "ChecksumCRC64NVME"), right);
  EXPECT_EQ(text_in(http::body_of(response), "ChecksumType"), "FULL_OBJECT");
  const auto refused = [&](const char* name, const char* type) {
    return refusal(
        {.method = "POST",
         .query = "uploads=",
         .body = "",
         .headers = {{"x-amz-checksum-algorithm", name}, {"x-amz-checksum-type", type}}});
  };
  EXPECT_EQ(refused("CRC64NVME", "COMPOSITE"), "400 InvalidRequest");
  EXPECT_EQ(refused("SHA256", "FULL_OBJECT"), "400 InvalidRequest");
  EXPECT_EQ(refused("MD5", "COMPOSITE"), "400 InvalidRequest");
  EXPECT_EQ(refused("CRC32", "SOME"), "400 InvalidRequest");
}

TEST_F(S3MultipartTest, AFailedStoreCanBeAskedAgain) {
  const auto id = create();
  const auto one = etag_of_part(id, 1, "x");
  faults_->script(testing::ObjectCall::Put, {Error{ErrorCode::Unavailable, "/secret"}});
  EXPECT_EQ(outcome(complete(id, {{1, one}})), "503 ServiceUnavailable");
  EXPECT_FALSE(stored());
  EXPECT_EQ(complete(id, {{1, one}}).status, 200);
  EXPECT_TRUE(stored());
}

TEST_F(S3MultipartTest, StaleUploadsAreRemoved) {
  const auto stale = create();
  etag_of_part(stale, 1, "x");
  const auto done = create();
  ASSERT_EQ(complete(done, {{1, etag_of_part(done, 1, "x")}}).status, 200);
  const auto growing = create();
  clock_.advance(std::chrono::minutes(30));
  etag_of_part(growing, 1, "y");
  const auto fresh = create();

  const auto removed = api_->remove_stale_uploads(in(std::chrono::minutes(-10)), {});
  ASSERT_TRUE(removed);
  EXPECT_EQ(*removed, 3u);
  EXPECT_EQ(leftovers(), 3u);
  EXPECT_TRUE(stored());
  EXPECT_EQ(api_->remove_stale_uploads(in(std::chrono::seconds(1)), {}).value_or(0), 3u);
  EXPECT_EQ(leftovers(), 0u);
}

}  // namespace
}  // namespace streamkit::s3

#include <streamkit/local/disk_object_store.hpp>

#include "local/temporary_folder.hpp"
#include "s3/list_operations.hpp"
#include "s3/s3_fixture.hpp"

namespace streamkit::s3 {
namespace {

// What the operator's key may do, over a store on disk.
class S3OperatorTest : public S3Fixture {
 protected:
  void SetUp() override {
    S3Fixture::SetUp();
    disk_ = *local::DiskObjectStore::open(folder_.path());
    objects_at(*disk_);
  }
  static S3Upload as_operator(std::string method, std::string target, std::string body = {}) {
    const auto question = target.find('?');
    return {.method = std::move(method),
            .path = target.substr(0, question),
            .query = question == std::string::npos ? "" : target.substr(question + 1),
            .body = std::move(body),
            .credentials = {"OPERATOR", "OPERATORSECRET"},
            .headers = {}};
  }
  http::Response call(std::string method, std::string target, std::string body = {},
                      net::HttpHeaders headers = {}) {
    auto upload = as_operator(std::move(method), std::move(target), std::move(body));
    upload.headers = std::move(headers);
    return put(upload);
  }
  std::string list(const std::string& query) {
    const auto response = call("GET", "/bucket?" + query);
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    return http::body_of(response);
  }
  void store(std::initializer_list<const char*> keys) {
    for (const auto* key : keys) {
      ASSERT_EQ(call("PUT", "/bucket/" + std::string(key), "x").status, 200) << key;
    }
  }
  // The texts of all elements of this name, with a space behind each.
  static std::string texts(const std::string& document, const std::string& element) {
    std::string found;
    for (std::size_t at = 0;;) {
      at = document.find("<" + element + ">", at);
      if (at == std::string::npos) return found;
      found += text_in(document.substr(at), element) + " ";
      ++at;
    }
  }

  const local::TemporaryFolder folder_;
  std::unique_ptr<local::DiskObjectStore> disk_;
};

TEST_F(S3OperatorTest, ReadsWhatItPut) {
  const auto stored = call("PUT", "/bucket/some/file.txt", "0123456789");
  ASSERT_EQ(stored.status, 200) << http::body_of(stored);
  const auto read = call("GET", "/bucket/some/file.txt");
  ASSERT_EQ(read.status, 200);
  EXPECT_EQ(std::get<http::FileSlice>(read.body).length, 10u);
  EXPECT_EQ(http::header_of(read, "ETag"), http::header_of(stored, "ETag"));
  EXPECT_EQ(http::header_of(read, "Content-Type"), "text/plain");
  EXPECT_EQ(call("HEAD", "/bucket/some/file.txt").status, 200);
  EXPECT_EQ(jobs_.depth()->waiting, 0u);

  const auto part = call("GET", "/bucket/some/file.txt", "", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(std::get<http::FileSlice>(part.body).offset, 2u);
  EXPECT_EQ(http::header_of(part, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(outcome(call("GET", "/bucket/some/file.txt", "", {{"Range", "bytes=10-"}})),
            "416 InvalidRange");
  EXPECT_EQ(outcome(call("GET", "/bucket/some/other")), "404 NoSuchKey");
}

TEST_F(S3OperatorTest, ReadsUnderConditions) {
  const auto tag = http::header_of(call("PUT", "/bucket/a", "x"), "ETag");
  const auto date = http::header_of(call("GET", "/bucket/a"), "Last-Modified");
  const auto status = [&](const char* name, std::string value) {
    return call("GET", "/bucket/a", "", {{name, std::move(value)}}).status;
  };
  const std::string past = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(status("If-Match", tag), 200);
  EXPECT_EQ(status("If-Match", "\"other\", " + tag), 200);
  EXPECT_EQ(status("If-Match", "\"other\""), 412);
  EXPECT_EQ(status("If-None-Match", tag), 304);
  EXPECT_EQ(status("If-None-Match", "*"), 304);
  EXPECT_EQ(status("If-None-Match", "\"other\""), 200);
  EXPECT_EQ(status("If-Modified-Since", date), 304);
  EXPECT_EQ(status("If-Modified-Since", past), 200);
  EXPECT_EQ(status("If-Modified-Since", "some day"), 200);
  EXPECT_EQ(status("If-Unmodified-Since", date), 200);
  EXPECT_EQ(status("If-Unmodified-Since", past), 412);
}

TEST_F(S3OperatorTest, ChunksRaiseEventsOthersDoNot) {
  EXPECT_EQ(call("PUT", "/bucket/stream_input/s1/chunk_00000.mp4", "x").status, 200);
  EXPECT_EQ(store_.progress("s1")->contiguous_chunks, 1u);
  EXPECT_EQ(jobs_.depth()->waiting, 1u);
  EXPECT_EQ(call("PUT", "/bucket/stream_input/unknown/chunk_00000.mp4", "x").status, 200);
  EXPECT_EQ(call("PUT", "/bucket/segments/job/00000_00001_sbs.mp4", "x").status, 200);
  EXPECT_EQ(jobs_.depth()->waiting, 3u);
  EXPECT_EQ(call("PUT", "/bucket/stream_output/s1/seg_00000.mp4", "x").status, 200);
  EXPECT_EQ(call("PUT", "/bucket/stream_input/s1/notes.txt", "x").status, 200);
  EXPECT_EQ(jobs_.depth()->waiting, 3u);
}

TEST_F(S3OperatorTest, DeletesOneAndMany) {
  store({"a", "b", "c/d"});
  EXPECT_EQ(call("DELETE", "/bucket/a").status, 204);
  EXPECT_EQ(call("DELETE", "/bucket/a").status, 204);
  EXPECT_EQ(outcome(call("GET", "/bucket/a")), "404 NoSuchKey");
  const std::string many =
      "<Delete><Object><Key>b</Key></Object><Object><Key>c/d</Key></Object>"
      "<Object><Key>never</Key></Object><Object><Key>multipart/x</Key></Object></Delete>";
  EXPECT_EQ(outcome(call("POST", "/bucket?delete=", many)), "400 InvalidRequest");
  const auto response = call("POST", "/bucket?delete=", many,
                             {{"Content-MD5", base64(checksum_of(ChecksumKind::Md5, many))}});
  ASSERT_EQ(response.status, 200) << http::body_of(response);
  EXPECT_EQ(texts(http::body_of(response), "Key"), "b c/d never multipart/x ");
  EXPECT_EQ(texts(http::body_of(response), "Code"), "AccessDenied ");
  EXPECT_EQ(texts(list("list-type=2"), "Key"), "");
}

TEST_F(S3OperatorTest, ListsWithPrefixDelimiterAndPages) {
  store({"a", "b/1", "b/2", "b/c/3", "d", "e/4"});
  EXPECT_EQ(texts(list("list-type=2"), "Key"), "a b/1 b/2 b/c/3 d e/4 ");
  EXPECT_EQ(texts(list("list-type=2&prefix=b%2F"), "Key"), "b/1 b/2 b/c/3 ");
  const auto folders = list("list-type=2&delimiter=%2F");
  EXPECT_EQ(texts(folders, "Key"), "a d ");
  EXPECT_EQ(texts(folders, "Prefix"), " b/ e/ ");
  EXPECT_EQ(text_in(folders, "KeyCount"), "4");
  EXPECT_EQ(texts(list("list-type=2&delimiter=%2F&prefix=b%2F"), "Prefix"), "b/ b/c/ ");
  EXPECT_EQ(texts(list("list-type=2&start-after=b%2F1"), "Key"), "b/2 b/c/3 d e/4 ");
  EXPECT_EQ(texts(list("list-type=2&prefix=none"), "Key"), "");
  EXPECT_EQ(text_in(list("list-type=2&max-keys=0"), "IsTruncated"), "false");
}

TEST_F(S3OperatorTest, PagesJoinToTheWhole) {
  store({"a", "b/1", "b/2", "b/c/3", "d", "e/4"});
  for (const std::string delimiter : {"", "%2F"}) {
    std::string found;
    std::string token;
    for (int page = 0; page < 10; ++page) {
      const auto document = list("list-type=2&max-keys=1&delimiter=" + delimiter +
                                 (token.empty() ? "" : "&continuation-token=" + token));
      found += texts(document, "Key") + texts(document, "Prefix");
      token = text_in(document, "NextContinuationToken");
      EXPECT_EQ(text_in(document, "IsTruncated"), token.empty() ? "false" : "true");
      if (token.empty()) break;
    }
    std::erase(found, ' ');
    EXPECT_EQ(found, delimiter.empty() ? "ab/1b/2b/c/3de/4" : "ab/de/");
  }
  // The first version of the call goes on from a marker.
  std::string found;
  std::string marker;
  do {
    const auto document = list("max-keys=1&delimiter=%2F&marker=" + marker);
    found += texts(document, "Key") + texts(document, "Prefix");
    marker = text_in(document, "NextMarker");
  } while (!marker.empty());
  std::erase(found, ' ');
  EXPECT_EQ(found, "ab/de/");
}

TEST_F(S3OperatorTest, ListsMoreThanAPage) {
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(disk_->put("many/" + std::to_string(10'000 + i), {}, {}, {}));
  }
  const auto first = list("list-type=2");
  EXPECT_EQ(text_in(first, "KeyCount"), "1000");
  const auto rest =
      list("list-type=2&continuation-token=" + text_in(first, "NextContinuationToken"));
  EXPECT_EQ(text_in(rest, "KeyCount"), "500");
  EXPECT_EQ(text_in(list("list-type=2&delimiter=%2F"), "KeyCount"), "1");
}

TEST_F(S3OperatorTest, RefusesListsItCannotMake) {
  EXPECT_EQ(outcome(call("GET", "/bucket?list-type=2&max-keys=x")), "400 InvalidArgument");
  EXPECT_EQ(outcome(call("GET", "/bucket?list-type=2&encoding-type=x")), "400 InvalidArgument");
  EXPECT_EQ(outcome(call("GET", "/bucket?list-type=2&continuation-token=x")),
            "400 InvalidArgument");
}

TEST_F(S3OperatorTest, UnfinishedUploadsAreNotObjects) {
  store({"a", "n"});
  const auto created = call("POST", "/bucket/m?uploads=");
  const auto id = text_in(http::body_of(created), "UploadId");
  EXPECT_EQ(call("PUT", "/bucket/m?partNumber=1&uploadId=" + id, "part").status, 200);
  EXPECT_EQ(texts(list("list-type=2"), "Key"), "a n ");
  EXPECT_EQ(texts(list("list-type=2&prefix=multipart%2F"), "Key"), "");
  EXPECT_EQ(outcome(call("GET", "/bucket/multipart/.operator/" + id + "/manifest")),
            "404 NoSuchKey");
  for (const auto* method : {"PUT", "DELETE"}) {
    EXPECT_EQ(outcome(call(method, "/bucket/multipart/x", "")), "403 AccessDenied") << method;
  }
  EXPECT_EQ(text_in(http::body_of(call("GET", "/bucket?uploads=")), "UploadId"), id);
  const auto parts = http::body_of(call("GET", "/bucket/m?uploadId=" + id));
  EXPECT_EQ(text_in(parts, "PartNumber"), "1");
  EXPECT_EQ(text_in(parts, "Size"), "4");
}

TEST_F(S3OperatorTest, KnowsItsBucket) {
  EXPECT_EQ(call("HEAD", "/bucket").status, 200);
  EXPECT_EQ(text_in(http::body_of(call("GET", "/")), "Name"), "bucket");
  EXPECT_NE(http::body_of(call("GET", "/bucket?location=")).find(">eu-west-1<"), std::string::npos);
  EXPECT_EQ(outcome(call("PUT", "/bucket")), "409 BucketAlreadyOwnedByYou");
  EXPECT_EQ(outcome(call("GET", "/other/key")), "404 NoSuchBucket");
  EXPECT_EQ(outcome(call("GET", "/bucket?acl=")), "501 NotImplemented");
  EXPECT_EQ(outcome(call("PATCH", "/bucket/a")), "405 MethodNotAllowed");
}

TEST_F(S3OperatorTest, RefusesKeysThatTheStoreCannotHold) {
  store({"a"});
  for (const auto* key : {"a/b", "x//y", "x/../y", "./x", ".tmp/x", "caf%C3", "%01"}) {
    const auto response = call("PUT", "/bucket/" + std::string(key), "x");
    EXPECT_GE(response.status, 400) << key;
    EXPECT_LT(response.status, 500) << key;
    EXPECT_EQ(http::body_of(response).find(folder_.path().string()), std::string::npos) << key;
  }
  EXPECT_EQ(call("PUT", "/bucket/caf%C3%A9", "x").status, 200);
  EXPECT_EQ(texts(list("list-type=2&encoding-type=url"), "Key"), "a caf%C3%A9 ");
}

TEST_F(S3OperatorTest, NeedsTheRightSecretAndNoToken) {
  auto wrong = as_operator("GET", "/bucket/a");
  wrong.credentials.secret_access_key = "OTHER";
  EXPECT_EQ(refusal(wrong), "403 SignatureDoesNotMatch");
  auto with_token = as_operator("GET", "/bucket/a");
  with_token.credentials.session_token = "TOKEN";
  EXPECT_EQ(refusal(with_token), "400 InvalidToken");
}

TEST_F(S3OperatorTest, WithoutAKeyThereIsNoOperator) {
  operator_key_ = {};
  objects_at(*disk_);
  EXPECT_EQ(refusal(as_operator("GET", "/bucket/a")), "403 InvalidAccessKeyId");
}

}  // namespace
}  // namespace streamkit::s3

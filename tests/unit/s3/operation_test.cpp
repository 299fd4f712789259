#include "s3/operation.hpp"

#include <gtest/gtest.h>

#include "http/requests.hpp"
#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

Result<Address> read(std::string method, std::string_view target, std::string host = "h:1") {
  auto request = http::make_request(std::move(method), target);
  request.headers.back().value = std::move(host);
  return read_address(request, "bucket");
}

std::string refusal(std::string method, std::string_view target) {
  const auto address = read(std::move(method), target);
  return address ? "" : std::string(error_row(address.error()).code);
}

TEST(S3AddressTest, FindsTheOperation) {
  struct Row {
    const char* method;
    const char* target;
    Operation operation;
  };
  for (const Row& row :
       {Row{"PUT", "/bucket/key", Operation::PutObject},
        Row{"PUT", "/bucket/key?x-id=PutObject&X-Amz-Date=1", Operation::PutObject},
        Row{"POST", "/bucket/key?uploads", Operation::CreateMultipartUpload},
        Row{"PUT", "/bucket/key?partNumber=1&uploadId=u", Operation::UploadPart},
        Row{"POST", "/bucket/key?uploadId=u", Operation::CompleteMultipartUpload},
        Row{"DELETE", "/bucket/key?uploadId=u", Operation::AbortMultipartUpload},
        Row{"GET", "/bucket/key?uploadId=u&max-parts=2", Operation::ListParts},
        Row{"GET", "/bucket/key", Operation::GetObject},
        Row{"HEAD", "/bucket/key", Operation::HeadObject},
        Row{"DELETE", "/bucket/key", Operation::DeleteObject},
        Row{"GET", "/bucket?location", Operation::GetBucketLocation},
        Row{"GET", "/bucket/?uploads", Operation::ListMultipartUploads},
        Row{"GET", "/bucket?list-type=2&prefix=a", Operation::ListObjectsV2},
        Row{"GET", "/bucket/?delimiter=%2F", Operation::ListObjects},
        Row{"POST", "/bucket/?delete", Operation::DeleteObjects},
        Row{"HEAD", "/bucket", Operation::HeadBucket},
        Row{"PUT", "/bucket", Operation::CreateBucket}, Row{"GET", "/", Operation::ListBuckets}}) {
    const auto address = read(row.method, row.target);
    ASSERT_TRUE(address) << row.method << " " << row.target << ": " << address.error().message;
    EXPECT_EQ(address->operation, row.operation) << row.method << " " << row.target;
  }
}

TEST(S3AddressTest, RefusesOtherOperations) {
  for (const auto* target : {"/bucket/key?acl", "/bucket?versioning", "/bucket?list-type=3",
                             "/bucket/key?versionId=1", "/bucket/key?partNumber=1"}) {
    EXPECT_EQ(refusal("GET", target), "NotImplemented") << target;
  }
  EXPECT_EQ(refusal("POST", "/bucket/key"), "NotImplemented");
  EXPECT_EQ(refusal("PATCH", "/bucket/key"), "MethodNotAllowed");
  EXPECT_EQ(refusal("PUT", "/"), "MethodNotAllowed");
}

TEST(S3AddressTest, TakesTheKeyApart) {
  const auto plain = read("PUT", "/bucket/a/b%20c%2Fd+e");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->bucket, "bucket");
  EXPECT_EQ(plain->key, "a/b c/d+e");
  EXPECT_EQ(read("PUT", "/other/a")->bucket, "other");
  EXPECT_EQ(refusal("PUT", "/bucket/%zz"), "InvalidURI");
  EXPECT_EQ(refusal("PUT", "*"), "InvalidURI");
  EXPECT_EQ(refusal("PUT", "/bucket/a?b=%z"), "InvalidURI");
  EXPECT_EQ(refusal("GET", "/bucket?prefix=a&prefix=b"), "InvalidArgument");
  EXPECT_TRUE(read("PUT", "/bucket/" + std::string(1024, 'k')));
  EXPECT_EQ(refusal("PUT", "/bucket/" + std::string(1025, 'k')), "KeyTooLongError");
}

TEST(S3AddressTest, FindsTheBucketInTheHost) {
  const auto address = read("PUT", "/a/b", "Bucket.example.org:8000");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->bucket, "bucket");
  EXPECT_EQ(address->key, "a/b");
  EXPECT_EQ(read("GET", "/?list-type=2", "bucket.x")->operation, Operation::ListObjectsV2);
  EXPECT_EQ(read("PUT", "/a/b", "bucket.")->bucket, "a");
  EXPECT_EQ(read("PUT", "/a/b", "bucketful.x")->bucket, "a");
  // The path wins: a host may begin with the bucket's name by chance.
  EXPECT_EQ(read("PUT", "/bucket/b", "bucket.x")->key, "b");
}

TEST(S3AddressTest, ParametersAreDecoded) {
  const auto address = read("GET", "/bucket?list-type=2&prefix=a%2Fb&start-after=");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->parameter("prefix"), "a/b");
  EXPECT_EQ(address->parameter("start-after"), "");
  EXPECT_EQ(address->parameter("delimiter"), "");
}

TEST(S3AddressTest, PresignedValuesStandForHeaders) {
  auto request = http::make_request("PUT", "/bucket/k?X-Amz-Checksum-Crc32=AAAAAA%3D%3D");
  auto address = read_address(request, "bucket");
  ASSERT_TRUE(address);
  EXPECT_EQ(amz_value(request, *address, "x-amz-checksum-crc32"), "AAAAAA==");
  request.headers.push_back({"x-amz-checksum-crc32", "BBBBBB=="});
  EXPECT_EQ(amz_value(request, *address, "x-amz-checksum-crc32"), "BBBBBB==");
  EXPECT_EQ(amz_value(request, *address, "x-amz-acl"), "");
}

}  // namespace
}  // namespace streamkit::s3

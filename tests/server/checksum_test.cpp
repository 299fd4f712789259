#include "server/checksum.hpp"

#include <gtest/gtest.h>

namespace streamkit::server {
namespace {

// The check value of each CRC's catalogue entry, and FIPS 180 / RFC 1321 for the digests.
TEST(ChecksumTest, GivesThePublishedCheckValues) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc64nvme("123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(ChecksumTest, AcceptsEveryKindThatMatches) {
  const net::HttpHeaders headers = {
      {"content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="},
      {"x-amz-checksum-crc32", "y/Q5Jg=="},
      {"X-Amz-Checksum-CRC32C", "4waSgw=="},
      {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
      {"x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
      {"x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
      {"x-amz-checksum-algorithm", "CRC32"},
      {"x-amz-checksum-type", "FULL_OBJECT"},
      {"x-amz-date", "20260101T000000Z"},
  };
  const auto same = verify_checksums(headers, "123456789");
  EXPECT_TRUE(same) << same.error().message;
  EXPECT_TRUE(verify_checksums({}, "123456789"));
}

TEST(ChecksumTest, TellsADifferentBodyFromABrokenHeader) {
  const auto code = [](const char* name, const char* value) {
    const auto same = verify_checksums({{name, value}}, "123456780");
    return same ? ErrorCode::Internal : same.error().code;
  };
  EXPECT_EQ(code("Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw=="), ErrorCode::CorruptData);
  EXPECT_EQ(code("x-amz-checksum-crc32", "y/Q5Jg=="), ErrorCode::CorruptData);
  EXPECT_EQ(code("x-amz-checksum-crc32", "y/Q5"), ErrorCode::InvalidArgument);
  EXPECT_EQ(code("Content-MD5", ""), ErrorCode::InvalidArgument);
  EXPECT_EQ(code("x-amz-checksum-blake3", "y/Q5Jg=="), ErrorCode::Unsupported);
}

}  // namespace
}  // namespace streamkit::server

#include "s3/checksum.hpp"

#include <gtest/gtest.h>

namespace streamkit::s3 {
namespace {

// Source: the check values of "123456789" in the catalogue of parametrised CRC algorithms (CRCs);
// md5sum, sha1sum and sha256sum (digests).
TEST(ChecksumTest, KnownValues) {
  struct Row {
    ChecksumKind kind;
    const char* base64;
  };
  for (const Row& row :
       {Row{ChecksumKind::Crc32, "y/Q5Jg=="}, Row{ChecksumKind::Crc32c, "4waSgw=="},
        Row{ChecksumKind::Crc64Nvme, "rosUhgp5mIg="},
        Row{ChecksumKind::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="},
        Row{ChecksumKind::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
        Row{ChecksumKind::Md5, "JfnnlDI7RTiF9RgfG2JNCw=="}}) {
    EXPECT_EQ(base64(checksum_of(row.kind, "123456789")), row.base64) << to_string(row.kind);
  }
}

TEST(ChecksumTest, PiecesMakeTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (std::size_t kind = 0; kind < kChecksumKinds; ++kind) {
    for (const std::size_t size : {1u, 3u, 7u, 8u, 9u, 64u, 999u}) {
      const auto checksum = Checksum::create(static_cast<ChecksumKind>(kind));
      for (std::string_view rest = text; !rest.empty();) {
        checksum->update(rest.substr(0, size));
        rest.remove_prefix(std::min(size, rest.size()));
      }
      EXPECT_EQ(checksum->finish(), checksum_of(static_cast<ChecksumKind>(kind), text))
          << to_string(static_cast<ChecksumKind>(kind)) << " by " << size;
    }
  }
}

TEST(ChecksumTest, OfNothing) {
  EXPECT_EQ(base64(checksum_of(ChecksumKind::Crc32, "")), "AAAAAA==");
  EXPECT_EQ(base64(checksum_of(ChecksumKind::Crc64Nvme, "")), "AAAAAAAAAAA=");
}

TEST(ChecksumTest, OnlyWhatIsWantedIsComputed) {
  Checksums checksums;
  checksums.want(ChecksumKind::Crc32);
  checksums.want(ChecksumKind::Sha256);
  checksums.want(ChecksumKind::Crc32);
  checksums.update("1234");
  checksums.update("56789");
  checksums.finish();
  EXPECT_EQ(base64(checksums.value(ChecksumKind::Crc32)), "y/Q5Jg==");
  EXPECT_EQ(checksums.value(ChecksumKind::Sha256), checksum_of(ChecksumKind::Sha256, "123456789"));
  EXPECT_EQ(checksums.value(ChecksumKind::Md5), "");
}

TEST(ChecksumTest, NamesGoBothWays) {
  for (const auto* name : {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}) {
    const auto kind = parse_checksum_kind(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(to_string(*kind), name);
  }
  EXPECT_EQ(parse_checksum_kind("CRC64NVME"), ChecksumKind::Crc64Nvme);
  for (const auto* name : {"", "md5", "crc", "sha512"}) {
    EXPECT_FALSE(parse_checksum_kind(name)) << name;
  }
}

}  // namespace
}  // namespace streamkit::s3

#include "s3/request_documents.hpp"

#include <gtest/gtest.h>

#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

std::string name_of(const Error& error) { return std::string(error_row(error).code); }

TEST(S3DocumentsTest, ReadsTheParts) {
  const auto parts = parse_complete_request(
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Part><PartNumber>1</PartNumber><ETag>\"one\"</ETag></Part>"
      "<Part><ETag>two</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32><PartNumber>10000</PartNumber>"
      "</Part></CompleteMultipartUpload>");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].number, 1);
  EXPECT_EQ((*parts)[0].etag, "one");
  EXPECT_EQ((*parts)[1].number, 10'000);
  EXPECT_EQ((*parts)[1].etag, "two");
  ASSERT_EQ((*parts)[1].checksums.size(), 1u);
  EXPECT_EQ((*parts)[1].checksums[0].kind, ChecksumKind::Crc32);
}

TEST(S3DocumentsTest, RefusesOtherCompletions) {
  for (const auto* xml : {"", "<Other/>", "<CompleteMultipartUpload/>",
                          "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
                          "<CompleteMultipartUpload><Thing/></CompleteMultipartUpload>",
                          "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part>"
                          "</CompleteMultipartUpload>"}) {
    const auto parts = parse_complete_request(xml);
    ASSERT_FALSE(parts) << xml;
    EXPECT_EQ(name_of(parts.error()), "MalformedXML") << xml;
  }
  std::string many = "<CompleteMultipartUpload>";
  for (int i = 0; i < 10'001; ++i) {
    many += "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>";
  }
  EXPECT_FALSE(parse_complete_request(many + "</CompleteMultipartUpload>"));
}

TEST(S3DocumentsTest, PartNumbersAreOneToTenThousand) {
  EXPECT_EQ(parse_part_number("1"), 1);
  EXPECT_EQ(parse_part_number("10000"), 10'000);
  for (const auto* text : {"", "0", "10001", "-1", "+1", "1x", " 1", "99999999999999999999"}) {
    EXPECT_EQ(parse_part_number(text), 0) << text;
  }
}

TEST(S3DocumentsTest, ReadsTheKeysToDelete) {
  const auto request = parse_delete_request(
      "<Delete><Object><Key>a &amp; b</Key></Object><Object><Key>c</Key></Object>"
      "<Quiet>true</Quiet></Delete>");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->keys, (std::vector<std::string>{"a & b", "c"}));
  EXPECT_TRUE(request->quiet);
}

TEST(S3DocumentsTest, RefusesOtherDeletions) {
  for (const auto* xml :
       {"<Delete/>", "<Delete><Object/></Delete>", "<Delete><Key>a</Key></Delete>",
        "<Delete><Object><Key></Key></Object></Delete>", "<Remove/>"}) {
    const auto request = parse_delete_request(xml);
    ASSERT_FALSE(request) << xml;
    EXPECT_EQ(name_of(request.error()), "MalformedXML") << xml;
  }
  const auto version = parse_delete_request(
      "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>");
  ASSERT_FALSE(version);
  EXPECT_EQ(name_of(version.error()), "NotImplemented");
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>a</Key></Object>";
  EXPECT_FALSE(parse_delete_request(many + "</Delete>"));
}

}  // namespace
}  // namespace streamkit::s3

#include <gtest/gtest.h>

#include <streamkit/core/text.hpp>

namespace streamkit {
namespace {

TEST(Text, LowersAsciiLettersAndNothingElse) {
  EXPECT_EQ(lower_ascii("Content-MD5 [\\]^_`{|}@ \xC3\x84"), "content-md5 [\\]^_`{|}@ \xC3\x84");
  EXPECT_EQ(lower_ascii('Z'), 'z');
  EXPECT_EQ(lower_ascii('['), '[');
  EXPECT_EQ(lower_ascii(""), "");
}

TEST(Text, ComparesWithoutRegardToTheCaseOfAsciiLetters) {
  EXPECT_TRUE(equal_ignoring_case("ETag", "etaG"));
  EXPECT_FALSE(equal_ignoring_case("etag", "etags"));
  EXPECT_FALSE(equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_TRUE(starts_with_ignoring_case("X-Amz-Date", "x-amz-"));
  EXPECT_TRUE(starts_with_ignoring_case("x-amz-", "X-AMZ-"));
  EXPECT_TRUE(starts_with_ignoring_case("any", ""));
  EXPECT_FALSE(starts_with_ignoring_case("x-am", "x-amz-"));
}

TEST(Text, TrimsBlanksAtBothEnds) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" a\r", " "), "a\r") << "only what the caller calls blank";
}

TEST(Text, TellsLettersAndDigitsOfAscii) {
  for (const char c : {'a', 'z', 'A', 'Z', '0', '9'}) EXPECT_TRUE(is_ascii_alphanumeric(c)) << c;
  for (const char c : {'/', ':', '@', '[', '`', '{', '\xE4', '\0'}) {
    EXPECT_FALSE(is_ascii_alphanumeric(c)) << c;
  }
}

TEST(Text, GivesItsBytes) {
  const std::string_view text("a\0\xFF", 3);
  const auto bytes = bytes_of(text);
  ASSERT_EQ(bytes.size(), 3U);
  EXPECT_EQ(bytes[0], 'a');
  EXPECT_EQ(bytes[1], 0);
  EXPECT_EQ(bytes[2], 0xFF);
  EXPECT_TRUE(bytes_of("").empty());
}

TEST(Text, FitsIntoALineOfALog) {
  EXPECT_EQ(printable("a\x1b[31mb\r\nc\x7f\xC3\x84"), "a [31mb  c \xC3\x84");
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(200, 'x'));
}

}  // namespace
}  // namespace streamkit

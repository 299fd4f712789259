#include <streamkit/http/byte_range.hpp>

#include <gtest/gtest.h>

#include <streamkit/http/conditional_request.hpp>

#include <ostream>

namespace streamkit::http {
namespace {

using Kind = RangeRequest::Kind;

struct Case {
  std::string_view header;
  std::uint64_t size;
  RangeRequest expected;
};

TEST(ByteRangeTest, ReadsWhatRfc9110Names) {
  const Case cases[] = {
      {"bytes=0-99", 1000, {Kind::Part, 0, 100}},
      {"bytes=100-", 1000, {Kind::Part, 100, 900}},
      {"bytes=-100", 1000, {Kind::Part, 900, 100}},
      {"bytes=999-999", 1000, {Kind::Part, 999, 1}},
      {"bytes=0-5000", 1000, {Kind::Part, 0, 1000}},
      {"bytes=-5000", 1000, {Kind::Part, 0, 1000}},
      {"bytes=1000-", 1000, {Kind::Unsatisfiable, 0, 0}},
      {"bytes=-0", 1000, {Kind::Unsatisfiable, 0, 0}},
      {"bytes=0-", 0, {Kind::Unsatisfiable, 0, 0}},
      {"bytes=-1", 0, {Kind::Unsatisfiable, 0, 0}},
      {"", 1000, {}},
      {"bytes=5-4", 1000, {}},
      {"bytes=", 1000, {}},
      {"bytes=-", 1000, {}},
      {"bytes=a-b", 1000, {}},
      {"bytes=0-1,3-4", 1000, {}},
      {"bytes= 0-1", 1000, {}},
      {"lines=0-1", 1000, {}},
      {"bytes=18446744073709551616-", 1000, {}},
      {"bytes=0-18446744073709551615", 1000, {Kind::Part, 0, 1000}},
  };
  for (const auto& [header, size, expected] : cases) {
    const auto range = parse_range(header, size);
    EXPECT_EQ(range.kind, expected.kind) << header;
    EXPECT_EQ(range.offset, expected.offset) << header;
    EXPECT_EQ(range.length, expected.length) << header;
  }
}

TEST(Condition, IfNoneMatchIsAListOfTags) {
  EXPECT_TRUE(matches_etag("*", "\"a\""));
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_FALSE(matches_etag("\"ab\"", "\"a\""));
  EXPECT_FALSE(matches_etag("a", "\"a\""));
  EXPECT_FALSE(matches_etag("", "\"a\""));
  EXPECT_FALSE(matches_etag("\"", "\"a\""));
}

}  // namespace
}  // namespace streamkit::http

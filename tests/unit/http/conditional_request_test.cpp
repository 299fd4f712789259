#include <streamkit/http/conditional_request.hpp>

#include <gtest/gtest.h>

namespace streamkit::http {
namespace {

constexpr std::string_view kTag = "\"tag\"";
constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";

// Half a second past kDate: headers know seconds only.
Representation example() {
  return {.etag = kTag,
          .modified = WallTime(std::chrono::milliseconds(784'111'777'500)),
          .size_bytes = 10};
}

Selection select(net::HttpHeaders headers) { return select_response(headers, example()); }
int status(std::string name, std::string_view value) {
  return select({{std::move(name), std::string(value)}}).status;
}

TEST(ConditionalRequestTest, WithoutConditionsSelectsEverything) {
  const auto all = select({});
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.offset, 0u);
  EXPECT_EQ(all.length, 10u);
}

TEST(ConditionalRequestTest, IfMatchNeedsTheTag) {
  EXPECT_EQ(status("If-Match", kTag), 200);
  EXPECT_EQ(status("If-Match", "*"), 200);
  EXPECT_EQ(status("If-Match", "\"other\", \"tag\""), 200);
  EXPECT_EQ(status("If-Match", "\"other\""), 412);
  // A weak tag never matches strongly. Source: RFC 9110 8.8.3.2.
  EXPECT_EQ(status("If-Match", "W/\"tag\""), 412);
}

TEST(ConditionalRequestTest, IfNoneMatchSavesWhatTheClientHas) {
  EXPECT_EQ(status("If-None-Match", kTag), 304);
  EXPECT_EQ(status("If-None-Match", "W/\"tag\""), 304);
  EXPECT_EQ(status("If-None-Match", "*"), 304);
  EXPECT_EQ(status("If-None-Match", "\"other\""), 200);
  EXPECT_EQ(status("If-None-Match", "tag"), 200);
}

TEST(ConditionalRequestTest, BareTagsMatchWhereTheyAreAccepted) {
  auto bare = example();
  bare.accepts_bare_tags = true;
  EXPECT_EQ(select_response({{"If-Match", "tag"}}, bare).status, 200);
  EXPECT_EQ(select_response({{"If-Match", "ta"}}, bare).status, 412);
}

TEST(ConditionalRequestTest, DatesCountInSeconds) {
  EXPECT_EQ(status("If-Modified-Since", kDate), 304);
  EXPECT_EQ(status("If-Modified-Since", kBefore), 200);
  EXPECT_EQ(status("If-Modified-Since", "some day"), 200);
  EXPECT_EQ(status("If-Unmodified-Since", kDate), 200);
  EXPECT_EQ(status("If-Unmodified-Since", kBefore), 412);
  EXPECT_EQ(status("If-Unmodified-Since", "some day"), 200);
}

TEST(ConditionalRequestTest, ATagOutweighsADate) {
  const std::string date(kDate);
  const std::string before(kBefore);
  EXPECT_EQ(select({{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}}).status, 200);
  EXPECT_EQ(select({{"If-Match", "*"}, {"If-Unmodified-Since", before}}).status, 200);
  EXPECT_EQ(select({{"If-Match", "\"other\""}, {"If-None-Match", "*"}}).status, 412);
}

TEST(ConditionalRequestTest, ARangeIsTakenUnlessTheResourceChanged) {
  const auto part = select({{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.offset, 2u);
  EXPECT_EQ(part.length, 3u);
  EXPECT_EQ(content_range(part, 10), "bytes 2-4/10");
  EXPECT_EQ(select({{"Range", "bytes=2-4"}, {"If-Range", std::string(kTag)}}).status, 206);
  const auto changed = select({{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.length, 10u);
  EXPECT_EQ(select({{"Range", "bytes=2-4"}, {"If-Range", std::string(kDate)}}).status, 200);
}

TEST(ConditionalRequestTest, ARangeOutsideCannotBeSatisfied) {
  const auto outside = select({{"Range", "bytes=10-"}});
  EXPECT_EQ(outside.status, 416);
  EXPECT_EQ(content_range(outside, 10), "bytes */10");
  EXPECT_EQ(select({{"Range", "bytes=10-"}, {"If-None-Match", "*"}}).status, 304);
}

}  // namespace
}  // namespace streamkit::http

#include <streamkit/live/segment_urls.hpp>

#include <gtest/gtest.h>

#include <streamkit/net/sigv4_verify.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::live {
namespace {

const net::Credentials kCredentials{"AKID", "secret"};

Session session() {
  Session session;
  session.id = "s1";
  session.created_at = WallTime(std::chrono::milliseconds(1'767'225'600'123));
  return session;
}

Result<net::VerifiedRequest> verified(const std::string& url, WallTime now) {
  const auto parsed = net::parse_url(url);
  EXPECT_TRUE(parsed) << url;
  net::SignableRequest request;
  request.method = "GET";
  request.host = net::host_header(*parsed);
  request.path = parsed->path;
  request.query = parsed->query;
  return net::verify(
      request, {.region = "eu-west-1"},
      [](std::string_view) -> Result<net::Credentials> { return kCredentials; }, now);
}

TEST(SegmentUrls, RelativeOnesAreThePlaylistsOwn) {
  EXPECT_FALSE(RelativeSegmentUrls().uris_of(session()));
}

TEST(SegmentUrls, PresignedOnesAreAcceptedForSevenDays) {
  for (const auto* endpoint :
       {"https://video.example.org", "http://127.0.0.1:8000/", "https://video.example.org/below"}) {
    const auto urls = PresignedSegmentUrls::create({endpoint, "bucket", "eu-west-1", kCredentials});
    ASSERT_TRUE(urls) << urls.error().message;
    const auto uris = (*urls)->uris_of(session());
    const auto url = uris(100'000);
    EXPECT_NE(url.find("/bucket/stream_output/s1/seg_100000.mp4?"), std::string::npos) << url;
    EXPECT_TRUE(url.starts_with(endpoint)) << url;
    EXPECT_EQ(uris(100'000), url);
    EXPECT_EQ((*urls)->uris_of(session())(100'000), url);
    EXPECT_NE(uris(1), url);
    EXPECT_TRUE(verified(url, session().created_at));
    EXPECT_TRUE(
        verified(url, session().created_at + net::kMaxPresignExpiry - std::chrono::seconds(1)));
    EXPECT_FALSE(
        verified(url, session().created_at + net::kMaxPresignExpiry + std::chrono::seconds(1)));
  }
}

TEST(SegmentUrls, WhatCannotSignIsRefusedAtOnce) {
  EXPECT_FALSE(PresignedSegmentUrls::create({"ftp://x", "bucket", "region", kCredentials}));
  EXPECT_FALSE(PresignedSegmentUrls::create({"https://x", "", "region", kCredentials}));
  EXPECT_FALSE(PresignedSegmentUrls::create({"https://x", "bucket", "", kCredentials}));
  EXPECT_FALSE(PresignedSegmentUrls::create({"https://x", "bucket", "region", {"", ""}}));
}

}  // namespace
}  // namespace streamkit::live

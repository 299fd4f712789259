#include "server/route.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include <streamkit/http/conditional_request.hpp>

namespace streamkit::server {
namespace {

TEST(Route, IsToldByThePath) {
  const std::pair<std::string_view, Route> cases[] = {
      {"/stream_sessions", Route::Create},
      {"/stream_sessions/", Route::Create},
      {"/stream_sessions/s1", Route::Control},
      {"/stream_sessions/s1/end", Route::Control},
      {"/stream/s1/playlist.m3u8", Route::Playlist},
      {"/stream/s1/events", Route::Events},
      {"/stream/s1/seg_00000.mp4", Route::Segment},
      {"/stream", Route::Segment},
      {"/watch/s1", Route::Watch},
      {"/healthz", Route::Health},
      {"/healthz/live", Route::Health},
      {"/metrics", Route::Metrics},
      {"/metrics/more", Route::Other},
      {"/stream_sessionsX", Route::Other},
      {"/", Route::Other},
      {"*", Route::Other},
  };
  for (const auto& [path, route] : cases) EXPECT_EQ(route_of(path), route) << path;
}

TEST(Route, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRouteCount; ++i) names.insert(to_string(static_cast<Route>(i)));
  EXPECT_EQ(names.size(), kRouteCount);
}

TEST(Condition, IfNoneMatchIsAListOfTags) {
  EXPECT_TRUE(http::matches_etag("*", "\"a\""));
  EXPECT_TRUE(http::matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(http::matches_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_FALSE(http::matches_etag("\"ab\"", "\"a\""));
  EXPECT_FALSE(http::matches_etag("a", "\"a\""));
  EXPECT_FALSE(http::matches_etag("", "\"a\""));
  EXPECT_FALSE(http::matches_etag("\"", "\"a\""));
}

}  // namespace
}  // namespace streamkit::server

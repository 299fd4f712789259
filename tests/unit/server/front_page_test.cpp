#include "server/front_page.hpp"

#include <gtest/gtest.h>

namespace streamkit::server {
namespace {

TEST(FrontPage, TellsPeopleHowToStartAStream) {
  const auto html = front_page_html({.base_url = "https://video.example.org", .watch_page = true});
  EXPECT_NE(html.find("streamkit-capture video.mp4 --api-base https://video.example.org<"),
            std::string::npos);
  EXPECT_NE(html.find("https://video.example.org/watch/ID"), std::string::npos);
  EXPECT_NE(html.find("href=\"/healthz\""), std::string::npos);
}

TEST(FrontPage, NamesTheKeyWhereOneIsNeeded) {
  EXPECT_NE(front_page_html({.base_url = "http://a", .needs_key = true}).find("--api-key KEY"),
            std::string::npos);
  EXPECT_EQ(front_page_html({.base_url = "http://a"}).find("--api-key"), std::string::npos);
}

TEST(FrontPage, AHostNameCannotAddMarkup) {
  const auto html = front_page_html({.base_url = "http://a\"><script>"});
  EXPECT_EQ(html.find("<script>"), std::string::npos);
}

TEST(FrontPage, ProgramsGetJson) {
  EXPECT_EQ(front_page_json({.base_url = "http://a", .needs_key = true}).find("{\"service\":"), 0U);
  EXPECT_TRUE(prefers_json("application/json"));
  EXPECT_TRUE(prefers_json("application/json, text/html"));
  EXPECT_FALSE(prefers_json("text/html,application/xhtml+xml,*/*;q=0.8"));
  EXPECT_FALSE(prefers_json("*/*"));
  EXPECT_FALSE(prefers_json(""));
}

}  // namespace
}  // namespace streamkit::server

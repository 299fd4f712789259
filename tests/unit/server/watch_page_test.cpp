#include "server/watch_page.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "local/temporary_folder.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

class WatchPageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write("watch.html", "<body data-session-id=\"{{session_id}}\" data-mode=\"{{mode}}\">");
    for (const auto* name :
         {"watch.css", "clipboard.js", "controls.js", "feed.js", "fullscreen.js", "hls.min.js",
          "player.js", "stereo_layout.js", "stereo_painter.js", "stereo_view.js", "watch.js"}) {
      write(name, "content");
    }
    write("private.txt", "not for anybody");
    ASSERT_TRUE(store_.create(live::example_session()));
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_.path() / name) << content;
  }
  http::Response get(std::string_view rest, std::string method = "GET") {
    auto page = WatchPage::open(folder_.path(), store_);
    EXPECT_TRUE(page) << page.error().message;
    http::Router router((*page)->routes(), word_error, {});
    auto reply =
        http::send(router, http::make_request(std::move(method), "/watch" + std::string(rest)));
    return std::get<http::Response>(std::move(reply));
  }

  const local::TemporaryFolder folder_;
  live::FlakySessionStore store_;
};

TEST_F(WatchPageTest, KnowsSessionAndMode) {
  const auto response = get("/s1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::body_of(response), "<body data-session-id=\"s1\" data-mode=\"sbs\">");
  EXPECT_EQ(http::header_of(response, "Content-Type"), "text/html; charset=utf-8");
}

TEST_F(WatchPageTest, TakesScriptsFromThisServerOnly) {
  const std::string policy = http::header_of(get("/s1"), "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

TEST_F(WatchPageTest, SaysThatThereIsNoSuchStream) {
  const auto response = get("/unknown");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(http::body_of(response), "<body data-session-id=\"unknown\" data-mode=\"\">");
  EXPECT_EQ(get("/a.b").status, 400);
  EXPECT_EQ(get("/%3Cscript%3E").status, 400);
  EXPECT_EQ(get("").status, 400);
  store_.failing = true;
  EXPECT_EQ(get("/s1").status, 503);
}

TEST_F(WatchPageTest, ServesItsAssetsAndNothingElse) {
  const auto script = get("/assets/watch.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.body_bytes(), 7u);
  EXPECT_EQ(http::header_of(script, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(http::header_of(get("/assets/watch.css"), "Content-Type"), "text/css; charset=utf-8");
  for (const auto* rest : {"/assets/", "/assets/private.txt", "/assets/../watch.html",
                           "/assets/watch.html", "/assets/%2e%2e"}) {
    EXPECT_EQ(get(rest).status, 404) << rest;
  }
  EXPECT_EQ(get("/s1", "POST").status, 405);
}

TEST_F(WatchPageTest, NamesAFileThatIsMissing) {
  std::filesystem::remove(folder_.path() / "hls.min.js");
  const auto page = WatchPage::open(folder_.path(), store_);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::NotFound);
  EXPECT_NE(page.error().message.find("hls.min.js"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::server

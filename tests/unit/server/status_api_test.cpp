#include "server/status_api.hpp"

#include <gtest/gtest.h>

#include <streamkit/live/playlist_manifest.hpp>

#include <nlohmann/json.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"

namespace streamkit::server {
namespace {

using Json = nlohmann::json;

class StatusApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto session = live::example_session();
    session.created_at = clock_.system_now();
    ASSERT_TRUE(store_.create(session));
  }
  static http::RequestHead request(const std::string& token = "control",
                                   std::string address = "192.0.2.1") {
    auto request = http::make_request("GET", "/stream_sessions/s1", "",
                                      {{"Authorization", "Bearer " + token}});
    request.remote_address = std::move(address);
    return request;
  }
  Json status(const std::string& id = "s1") {
    const auto response = api_.status(request(), id);
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    return Json::parse(http::body_of(response), nullptr, false);
  }
  void record(std::uint64_t index) {
    ASSERT_TRUE(store_.record_chunk("s1", index, clock_.system_now()));
    ASSERT_TRUE(store_.record_segment("s1", live::example_segment(index)));
    update();
  }
  void update() { ASSERT_TRUE(playlists_.update({}, {})); }
  // The object of a feed's event; null when the text is none.
  static Json event(const std::optional<std::string>& text) {
    if (!text || !text->ends_with("\n\n")) return nullptr;
    const auto data = text->find("data: ");
    if (data == std::string::npos) return nullptr;
    return Json::parse(text->substr(data + 6), nullptr, false);
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  live::FlakySessionStore store_;
  live::ManifestService playlists_{
      store_, store_, live::media_playlist_only(), {}, {.clock = &clock_}};
  live::ViewerCounts viewers_{clock_};
  AccessControl access_{{}, nullptr, {.clock = &clock_}};
  StatusApi api_{playlists_, viewers_, access_, "", {.logger = &logger_, .clock = &clock_}};
};

TEST_F(StatusApiTest, ReportsWhatTheSessionChose) {
  ASSERT_TRUE(store_.create({.id = "s2",
                             .mode = StereoMode::HalfTb,
                             .stereo = {.divergence = 2.5, .depth = DepthSource::Cues},
                             .control_token = "control"}));
  update();
  EXPECT_EQ(status("s2")["stereo"],
            Json::parse(R"({"mode":"half_tb","divergence":2.5,"depth":"cues"})"));
}

TEST_F(StatusApiTest, TellsAStreamsLife) {
  Json told = status();
  EXPECT_EQ(told["session_id"], "s1");
  EXPECT_EQ(told["mode"], "sbs");
  EXPECT_EQ(told["stereo"], Json::parse(R"({"mode":"sbs"})"));
  EXPECT_EQ(told["state"], "waiting");
  EXPECT_EQ(told["created_at"], "2026-01-01T00:00:00Z");
  EXPECT_TRUE(told["ended_at"].is_null());
  EXPECT_TRUE(told["final_chunk_count"].is_null());
  EXPECT_EQ(told["playlist_url"], "http://127.0.0.1:8000/stream/s1/playlist.m3u8");
  EXPECT_FALSE(told.contains("control_token"));

  record(0);
  ASSERT_TRUE(store_.record_chunk("s1", 1, {}));
  ASSERT_TRUE(store_.record_chunk("s1", 2, {}));
  update();
  viewers_.saw("s1", "192.0.2.9", "mpv", std::chrono::seconds(15));
  told = status();
  EXPECT_EQ(told["state"], "live");
  EXPECT_EQ(told["chunks"], 3);
  EXPECT_EQ(told["segments"], 1);
  EXPECT_EQ(told["duration_seconds"], 5.0);
  EXPECT_EQ(told["lag_seconds"], 10.0);
  EXPECT_EQ(told["viewers"], 1);

  ASSERT_TRUE(store_.end("s1", clock_.system_now()));
  ASSERT_TRUE(store_.record_chunk("s1", 3, {}));
  update();
  told = status();
  EXPECT_EQ(told["state"], "ended");
  EXPECT_EQ(told["ended_at"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(told["final_chunk_count"], 3);
  EXPECT_EQ(told["lag_seconds"], 10.0) << "what comes after the end does not lag";
  record(1);
  record(2);
  told = status();
  EXPECT_EQ(told["state"], "complete");
  EXPECT_EQ(told["lag_seconds"], 0.0);
}

TEST_F(StatusApiTest, IsForTheOwnerOnly) {
  EXPECT_EQ(api_.status(request("wrong"), "s1").status, 403);
  EXPECT_EQ(api_.status(http::make_request("GET", "/"), "s1").status, 401);
  EXPECT_EQ(api_.events(http::make_request("GET", "/"), "s1").status, 401);
  EXPECT_EQ(api_.status(request(), "unknown").status, 404);
}

TEST_F(StatusApiTest, AFailingStoreIs503WithoutDetails) {
  store_.failing = true;
  const auto response = api_.status(request(), "s1");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(http::body_of(response).find("secret"), std::string::npos);
  EXPECT_TRUE(logger_.mentions("on fire"));
}

TEST_F(StatusApiTest, AFeedTellsEachChangeAndOtherwiseEveryFiveSeconds) {
  const auto response = api_.public_events("s1");
  const auto& feed = std::get<http::EventStream>(response.body);
  EXPECT_EQ(feed.topic, session_topic("s1"));
  EXPECT_LE(feed.interval, std::chrono::seconds(5));
  const auto first = feed.next();
  EXPECT_TRUE(first->starts_with("retry: "));
  EXPECT_EQ(event(first), (Json{{"state", "waiting"},
                                {"segments", 0},
                                {"duration_seconds", 0.0},
                                {"viewers", 0},
                                {"lag_seconds", 0.0}}));
  EXPECT_EQ(feed.next(), "");
  record(0);
  EXPECT_EQ(event(feed.next())["segments"], 1);
  EXPECT_EQ(feed.next(), "");
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(event(feed.next())["segments"], 1);
}

TEST_F(StatusApiTest, AFeedEndsWithTheStream) {
  const auto response = api_.public_events("s1");
  const auto& feed = std::get<http::EventStream>(response.body);
  record(0);
  ASSERT_TRUE(store_.end("s1", {}));
  update();
  EXPECT_EQ(event(feed.next())["state"], "complete");
  EXPECT_FALSE(feed.next());
}

TEST_F(StatusApiTest, AFeedOutlivesAFailingStoreAndEndsWithItsSession) {
  const auto response = api_.public_events("s1");
  const auto& feed = std::get<http::EventStream>(response.body);
  (void)feed.next();
  store_.failing = true;
  (void)playlists_.update({}, {});
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(feed.next(), "");
  store_.failing = false;
  update();
  EXPECT_EQ(event(feed.next())["state"], "waiting");
  ASSERT_TRUE(store_.remove("s1"));
  playlists_.forget("s1");
  EXPECT_FALSE(feed.next());
}

TEST_F(StatusApiTest, OwnersFeedsTellAllAndAreFewPerClient) {
  std::vector<http::Response> feeds;
  for (std::size_t i = 0; i < StatusApi::kFeedsPerClient; ++i) {
    feeds.push_back(api_.events(request(), "s1"));
    ASSERT_EQ(feeds.back().status, 200);
  }
  EXPECT_EQ(event(std::get<http::EventStream>(feeds[0].body).next())["session_id"], "s1");
  EXPECT_EQ(api_.events(request(), "s1").status, 429);
  EXPECT_EQ(api_.events(request("control", "192.0.2.2"), "s1").status, 200);
  feeds.pop_back();
  EXPECT_EQ(api_.events(request(), "s1").status, 200);
}

}  // namespace
}  // namespace streamkit::server

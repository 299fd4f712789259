#include "server/session_api.hpp"

#include <gtest/gtest.h>

#include <streamkit/live/playlist_manifest.hpp>

#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

using Json = nlohmann::json;

class SessionApiTest : public ::testing::Test {
 protected:
  http::Response call(std::string method, std::string_view rest, std::string body = {},
                      net::HttpHeaders headers = {}) {
    const auto path = "/stream_sessions" + std::string(rest);
    return send(http::make_request(std::move(method), path, std::move(body), std::move(headers)));
  }
  http::Response send(const http::WholeRequest& request) {
    http::Router router(api().routes(), word_error, {});
    auto reply = http::send(router, request);
    return std::get<http::Response>(std::move(reply));
  }
  Json create(std::string body = {}) {
    const auto response = call("POST", "", std::move(body));
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    EXPECT_EQ(http::header_of(response, "Cache-Control"), "no-store");
    return Json::parse(http::body_of(response), nullptr, false);
  }
  SessionApi& api() {
    if (!api_) {
      const Context context{.logger = &logger_, .clock = &clock_};
      access_ = std::make_unique<AccessControl>(access_options_, nullptr, context);
      status_ =
          std::make_unique<StatusApi>(playlists_, viewers_, *access_, options_.public_url, context);
      sessions_ = std::make_unique<live::Sessions>(store_, session_options_, context);
      api_ = std::make_unique<SessionApi>(*sessions_, *access_, *status_, options_, context);
    }
    return *api_;
  }
  static net::HttpHeaders bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  live::FlakySessionStore store_;
  std::unique_ptr<live::Sessions> sessions_;
  live::SessionOptions session_options_;
  SessionApiOptions options_{.bucket = "bucket", .region = "eu-west-1"};
  AccessControlOptions access_options_;
  live::ManifestService playlists_{
      store_, store_, live::media_playlist_only(), {}, {.clock = &clock_}};
  live::ViewerCounts viewers_{clock_};
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<StatusApi> status_;
  std::unique_ptr<SessionApi> api_;
};

TEST_F(SessionApiTest, CreatesASessionWithAllThatACaptureNeeds) {
  const Json answer = create();
  const std::string id = answer["session_id"];
  EXPECT_EQ(answer["playlist_url"], "http://127.0.0.1:8000/stream/" + id + "/playlist.m3u8");
  EXPECT_FALSE(answer.contains("watch_url"));
  const Json upload = answer["upload"];
  EXPECT_EQ(upload["bucket"], "bucket");
  EXPECT_EQ(upload["region"], "eu-west-1");
  EXPECT_EQ(upload["endpoint"], "http://127.0.0.1:8000");
  EXPECT_EQ(*net::parse_iso8601(upload["expires_at"].get<std::string>()),
            clock_.system_now() + std::chrono::hours(1));

  const auto session = store_.find(id);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->mode, StereoMode::FullSbs);
  EXPECT_EQ(session->chunk_duration, std::chrono::seconds(5));
  EXPECT_EQ(session->control_token, answer["control_token"]);
  const auto credentials = store_.find_credentials(upload["access_key_id"].get<std::string>());
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->session_id, id);
  EXPECT_EQ(credentials->secret_access_key, upload["secret_access_key"]);
  EXPECT_EQ(credentials->session_token, upload["session_token"]);
  for (const auto* secret : {"secret_access_key", "session_token"}) {
    EXPECT_FALSE(logger_.mentions(upload[secret].get<std::string>()));
  }
  EXPECT_FALSE(logger_.mentions(answer["control_token"].get<std::string>()));
}

TEST_F(SessionApiTest, EverySessionHasItsOwnNamesAndSecrets) {
  const Json a = create();
  const Json b = create();
  EXPECT_NE(a["session_id"], b["session_id"]);
  EXPECT_NE(a["control_token"], b["control_token"]);
  for (const auto* field : {"access_key_id", "secret_access_key", "session_token"}) {
    EXPECT_NE(a["upload"][field], b["upload"][field]);
  }
}

TEST_F(SessionApiTest, SaysWhatToDoWhenThereIsNoRoom) {
  std::uint64_t live = 3;
  bool room = true;
  session_options_ = {.max_live = 3, .count_live = [&] { return Result<std::uint64_t>(live); }};
  options_.has_room = [&] { return room; };
  const auto full = call("POST", "");
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(http::error_code_of(full), "too_many_sessions");
  EXPECT_EQ(http::header_of(full, "Retry-After"), "60");
  live = 2;
  EXPECT_EQ(call("POST", "").status, 200);
  room = false;
  const auto disk = call("POST", "");
  EXPECT_EQ(disk.status, 503);
  EXPECT_EQ(http::error_code_of(disk), "disk_full");
  EXPECT_EQ(http::header_of(disk, "Retry-After"), "60");
}

TEST_F(SessionApiTest, TakesModeAndChunkLength) {
  const Json answer = create(R"({"mode":"half_tb","chunk_seconds":0.5,"later":[1]})");
  const auto session = store_.find(answer["session_id"].get<std::string>());
  EXPECT_EQ(session->mode, StereoMode::HalfTb);
  EXPECT_EQ(session->chunk_duration, std::chrono::milliseconds(500));
  create(" \n");
  create("{}");
  create(R"({"chunk_seconds":60})");
}

TEST_F(SessionApiTest, TakesTheStereoObjectAndTheModeInEitherPlace) {
  const auto session_of = [&](const std::string& body) {
    const std::string id = create(body)["session_id"];
    return *store_.find(id);
  };
  const Session full =
      session_of(R"({"stereo":{"mode":"tb","divergence":3,"convergence":"auto","depth":"cues"}})");
  EXPECT_EQ(full.mode, StereoMode::FullTb);
  EXPECT_EQ(to_string(full.stereo), "divergence=3 convergence=auto depth=cues");
  const Session same = session_of(R"({"mode":"tb","stereo":{"mode":"tb","convergence":0.25}})");
  EXPECT_EQ(same.mode, StereoMode::FullTb);
  EXPECT_EQ(to_string(same.stereo), "convergence=0.25");
  const Session apart = session_of(R"({"mode":"half_sbs","stereo":{"synthetic_view":"left"}})");
  EXPECT_EQ(apart.mode, StereoMode::HalfSbs);
  EXPECT_EQ(to_string(apart.stereo), "synthetic_view=left");
  EXPECT_EQ(session_of(R"({"stereo":{}})").stereo, StereoChoice{});
}

TEST_F(SessionApiTest, ErrorsOfTheStereoObjectNameItsField) {
  const auto message = [&](std::string_view body) {
    const auto response = call("POST", "", std::string(body));
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(http::error_code_of(response), "invalid_argument") << body;
    const Json json = Json::parse(http::body_of(response), nullptr, false);
    return json["error"]["message"].get<std::string>();
  };
  EXPECT_EQ(message(R"({"mode":"sbs","stereo":{"mode":"tb"}})"),
            "mode and stereo.mode differ: give one of them, or the same twice");
  EXPECT_EQ(message(R"({"stereo":{"divergence":10.5}})"),
            "stereo.divergence must be a number from 0 to 10");
  EXPECT_EQ(message(R"({"stereo":{"edge_dilation_x":1.5}})"),
            "stereo.edge_dilation_x must be a whole number from 0 to 16");
  EXPECT_TRUE(message(R"({"stereo":{"divergance":2}})").starts_with("stereo has an unknown field"));
  for (const auto* body : {R"({"stereo":null})", R"({"stereo":[]})", R"({"stereo":"sbs"})"}) {
    EXPECT_EQ(message(body), "stereo must be a JSON object") << body;
  }
}

TEST_F(SessionApiTest, AStereoObjectCannotBeChanged) {
  const std::string id = create("")["session_id"];
  const auto response = call("PATCH", "/" + id, R"({"stereo":{"divergence":3},"ended":true})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(http::body_of(response).find("cannot be changed"), std::string::npos)
      << http::body_of(response);
  EXPECT_FALSE(store_.find(id)->ended_at);
}

TEST_F(SessionApiTest, RefusesBadBodies) {
  for (const auto* body :
       {"{", "[]", "null", "\"sbs\"", R"({"mode":"3d"})", R"({"mode":1})", R"({"mode":null})",
        R"({"chunk_seconds":0.49})", R"({"chunk_seconds":60.1})", R"({"chunk_seconds":"5"})",
        R"({"chunk_seconds":-1})", R"({"chunk_seconds":1e999})", "{\"mode\":\"\xff\"}"}) {
    const auto response = call("POST", "", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(http::error_code_of(response), "invalid_argument") << body;
  }
  EXPECT_EQ(call("POST", "", std::string(30'000, '[')).status, 400);
}

TEST_F(SessionApiTest, RefusesAHostThatIsNone) {
  auto request = http::make_request("POST", "/stream_sessions");
  for (const auto* host : {"evil.example/path?", "a b", "\"><script>", ""}) {
    request.headers = {{"Host", host}};
    EXPECT_EQ(send(request).status, 400) << host;
  }
}

TEST_F(SessionApiTest, PublicUrlWinsOverHost) {
  options_.public_url = "https://video.example.org/live";
  options_.watch_page = true;
  const Json answer = create();
  const std::string id = answer["session_id"];
  EXPECT_EQ(answer["playlist_url"],
            "https://video.example.org/live/stream/" + id + "/playlist.m3u8");
  EXPECT_EQ(answer["watch_url"], "https://video.example.org/live/watch/" + id);
  EXPECT_EQ(answer["upload"]["endpoint"], "https://video.example.org/live");
}

TEST_F(SessionApiTest, EndsOnceByEitherCall) {
  ASSERT_TRUE(store_.create(live::example_session("a")));
  ASSERT_TRUE(store_.create(live::example_session("b")));
  EXPECT_EQ(call("POST", "/a/end").status, 204);
  const auto ended_at = store_.find("a")->ended_at;
  ASSERT_TRUE(ended_at);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(call("POST", "/a/end").status, 204);
  EXPECT_EQ(store_.find("a")->ended_at, ended_at);
  EXPECT_EQ(call("PATCH", "/b", R"({"ended":true})").status, 204);
  EXPECT_TRUE(store_.find("b")->ended_at);
  ASSERT_TRUE(store_.create(live::example_session("c")));
  EXPECT_EQ(call("PATCH", "/c/end", R"({"ended":true})").status, 204);
  EXPECT_TRUE(store_.find("c")->ended_at);
}

TEST_F(SessionApiTest, RefusesOtherChanges) {
  ASSERT_TRUE(store_.create(live::example_session("a")));
  for (const auto* body : {"", "{}", R"({"ended":false})", R"({"ended":1})", "[true]"}) {
    EXPECT_EQ(call("PATCH", "/a", body).status, 400) << body;
  }
  EXPECT_FALSE(store_.find("a")->ended_at);
}

TEST_F(SessionApiTest, RenewalTakesTheControlToken) {
  ASSERT_TRUE(store_.create(live::example_session("a")));
  const auto without = call("POST", "/a/credentials");
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(http::header_of(without, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(call("POST", "/a/credentials", "", bearer("other")).status, 403);
  EXPECT_EQ(call("POST", "/a/credentials", "", {{"Authorization", "Basic control"}}).status, 401);

  const auto response = call("POST", "/a/credentials", "", bearer("control"));
  ASSERT_EQ(response.status, 200);
  const Json upload = Json::parse(http::body_of(response))["upload"];
  EXPECT_EQ(store_.find_credentials(upload["access_key_id"].get<std::string>())->session_id, "a");
  EXPECT_EQ(upload["endpoint"], "http://127.0.0.1:8000");

  ASSERT_TRUE(store_.end("a", {}));
  EXPECT_EQ(call("POST", "/a/credentials", "", bearer("control")).status, 409);
}

TEST_F(SessionApiTest, BeyondLoopbackEndingTakesTheControlToken) {
  options_.end_needs_control_token = true;
  ASSERT_TRUE(store_.create(live::example_session("a")));
  EXPECT_EQ(call("POST", "/a/end").status, 401);
  EXPECT_EQ(call("PATCH", "/a", R"({"ended":true})", bearer("wrong")).status, 403);
  EXPECT_FALSE(store_.find("a")->ended_at);
  EXPECT_EQ(call("POST", "/unknown/end", "", bearer("control")).status, 404);
  EXPECT_EQ(call("POST", "/a/end", "", {{"Authorization", "bearer control"}}).status, 204);
}

TEST_F(SessionApiTest, TellsMalformedIdsFromUnknownOnes) {
  const std::string too_long(65, 'a');
  for (const std::string& id :
       {std::string("a%2e"), std::string(".."), std::string("a.b"), std::string(), too_long}) {
    EXPECT_EQ(call("POST", "/" + id + "/end").status, 400) << id;
  }
  EXPECT_EQ(call("POST", "/unknown/end").status, 404);
  EXPECT_EQ(call("POST", "/unknown/credentials", "", bearer("x")).status, 404);
  EXPECT_EQ(call("POST", "/a/other").status, 404);
  EXPECT_EQ(call("POST", "/a/end/").status, 404);
}

TEST_F(SessionApiTest, NamesTheMethodsThatItTakes) {
  EXPECT_EQ(call("GET", "").status, 405);
  EXPECT_EQ(http::header_of(call("GET", ""), "Allow"), "POST, OPTIONS");
  EXPECT_EQ(http::header_of(call("DELETE", "/a"), "Allow"), "GET, HEAD, PATCH, OPTIONS");
  EXPECT_EQ(http::header_of(call("POST", "/a/events"), "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(call("GET", "/a/end").status, 405);
  EXPECT_EQ(call("OPTIONS", "").status, 204);
  // No other site's page may read what creation answers.
  EXPECT_EQ(http::header_of(call("OPTIONS", ""), "Access-Control-Allow-Origin"), "");
}

TEST_F(SessionApiTest, UnderTlsUrlsSaySo) {
  auto request = http::make_request("POST", "/stream_sessions");
  request.secure = true;
  const auto answer = Json::parse(http::body_of(send(request)));
  EXPECT_TRUE(answer["playlist_url"].get<std::string>().starts_with("https://127.0.0.1:8000/"));
}

TEST_F(SessionApiTest, OneSessionsCallsAreLimited) {
  access_options_.session_rate = 1;
  ASSERT_TRUE(store_.create(live::example_session("a")));
  ASSERT_TRUE(store_.create(live::example_session("b")));
  // A renewal takes as much as several other calls.
  EXPECT_EQ(call("POST", "/a/credentials", "", bearer("control")).status, 200);
  const auto limited = call("POST", "/a/credentials", "", bearer("control"));
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(http::header_of(limited, "Retry-After"), "2");
  EXPECT_EQ(call("POST", "/a/end").status, 429);
  EXPECT_EQ(call("POST", "/b/credentials", "", bearer("control")).status, 200);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(call("POST", "/a/end").status, 204);
}

TEST_F(SessionApiTest, AFailingStoreIs503WithoutDetails) {
  ASSERT_TRUE(store_.create(live::example_session("a")));
  store_.failing = true;
  for (const auto& response : {call("POST", ""), call("POST", "/a/end"),
                               call("POST", "/a/credentials", "", bearer("control"))}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(http::body_of(response).find("secret"), std::string::npos);
  }
  EXPECT_TRUE(logger_.mentions("on fire"));
}

TEST_F(SessionApiTest, TakesNoStreamsWhenStreamingIsOff) {
  options_.streaming_enabled = false;
  EXPECT_EQ(http::error_code_of(call("POST", "")), "streaming_disabled");
}

}  // namespace
}  // namespace streamkit::server

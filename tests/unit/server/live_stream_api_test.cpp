#include "server/live_stream_api.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "http/requests.hpp"
#include "live/flaky_live_stream_store.hpp"
#include "local/temporary_folder.hpp"
#include "server/json_error.hpp"
#include "server/rejection.hpp"

namespace streamkit::server {
namespace {

using Json = nlohmann::json;

class LiveStreamApiTest : public ::testing::Test {
 protected:
  http::Response call(std::string method, std::string_view target, std::string body = {},
                      std::string token = {}) {
    net::HttpHeaders headers;
    if (!token.empty()) headers.push_back({"Authorization", "Bearer " + token});
    return send(http::make_request(std::move(method), target, std::move(body), std::move(headers)));
  }
  http::Response send(const http::WholeRequest& request) {
    const Context context{.logger = &logger_, .clock = &clock_};
    if (!access_) access_ = std::make_unique<AccessControl>(access_options_, keys_.get(), context);
    LiveStreamApi api(off_ ? nullptr : &streams_, *access_, options_, context);
    http::Router router(api.routes(), word_error, {});
    router.guard([this](const http::RequestHead& head,
                        const http::Route& route) -> std::optional<http::Response> {
      const auto rejection = access_->admit(head, route);
      if (!rejection) return {};
      return to_response(*rejection);
    });
    auto reply = http::send(router, request);
    return std::get<http::Response>(std::move(reply));
  }
  static Json json_of(const http::Response& response) {
    return Json::parse(http::body_of(response), nullptr, false);
  }
  Json create(std::string body = {}) {
    const auto response = call("POST", "/streams", std::move(body));
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    EXPECT_EQ(http::header_of(response, "Cache-Control"), "no-store");
    return json_of(response);
  }
  Json get(const std::string& id) {
    const auto response = call("GET", "/streams/" + id);
    EXPECT_EQ(response.status, 200) << http::body_of(response);
    return json_of(response);
  }
  std::string message_of(std::string body) {
    const auto response = call("POST", "/streams", body);
    EXPECT_EQ(response.status, 400) << body;
    const Json json = json_of(response);
    return json.is_object() ? json["error"]["message"].get<std::string>() : std::string();
  }
  void need_keys() {
    const auto file = folder_.path() / "keys";
    std::ofstream(file) << to_line({"studio", net::sha256_hex(std::string_view("secret"))}) << "\n";
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    keys_ = *ApiKeys::open(file);
    options_.needs_owner = true;
  }

  const local::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  live::FlakyLiveStreamStore store_;
  live::LiveStreams streams_{store_, {.max_streams = 5}, {.logger = &logger_, .clock = &clock_}};
  bool off_ = false;
  LiveStreamApiOptions options_{.ports = [] { return LiveIngestPorts{.rtmp = 1935, .srt = 9000}; },
                                .sources = LiveSources::All,
                                .watch_page = true};
  AccessControlOptions access_options_;
  std::unique_ptr<ApiKeys> keys_;
  std::unique_ptr<AccessControl> access_;
};

TEST_F(LiveStreamApiTest, CreatesAStreamWithAllThatAPublisherAndAViewerNeed) {
  const Json created = create();
  const std::string id = created["stream_id"];
  const std::string key = created["stream_key"];
  EXPECT_EQ(created.size(), 5u);
  EXPECT_EQ(created["state"], "PENDING_INGEST");
  EXPECT_EQ(created["publish"],
            (Json{{"rtmp", "rtmp://127.0.0.1:1935/live/" + key},
                  {"srt", "srt://127.0.0.1:9000?streamid=%23!::r=live/" + key + ",m=publish"}}));
  EXPECT_EQ(created["playback"],
            (Json{{"hls", "http://127.0.0.1:8000/hls/" + id + "/index.m3u8"},
                  {"dash", "http://127.0.0.1:8000/dash/" + id + "/manifest.mpd"},
                  {"watch", "http://127.0.0.1:8000/watch/" + id}}));
  EXPECT_EQ(streams_.find_by_key(key)->id, id);
  EXPECT_FALSE(logger_.mentions(key));
}

TEST_F(LiveStreamApiTest, NamesOnlyWhatTheServerServes) {
  options_.ports = {};
  options_.watch_page = false;
  options_.public_url = "https://video.example.org";
  const Json off = create();
  EXPECT_TRUE(off["publish"]["rtmp"].is_null());
  EXPECT_TRUE(off["publish"]["srt"].is_null());
  EXPECT_TRUE(off["playback"]["watch"].is_null());
  const std::string hls = off["playback"]["hls"];
  EXPECT_TRUE(hls.starts_with("https://video.example.org/hls/"));
  options_.ports = [] { return LiveIngestPorts{.rtmps = 1936}; };
  const Json secure = create();
  EXPECT_EQ(secure["publish"]["rtmp"],
            "rtmps://video.example.org:1936/live/" + secure["stream_key"].get<std::string>());
  options_.public_url = "http://[::1]:8000";
  const std::string six = create()["publish"]["rtmp"];
  EXPECT_TRUE(six.starts_with("rtmps://[::1]:1936/live/"));
}

TEST_F(LiveStreamApiTest, KeepsEveryChoice) {
  const Json created = create(R"({"name":"Sunday","ladder":[1080,720],"dvr_seconds":7200,
    "record":true,"stereo":{"mode":"half_sbs","divergence":2.5},"chunk_seconds":2.5,
    "source":"rtsp://user:pass@camera:554/1?token=x","on_conflict":"reject","later":1})");
  const Json stream = get(created["stream_id"]);
  EXPECT_EQ(stream["name"], "Sunday");
  EXPECT_EQ(stream["ladder"], "1080,720");
  EXPECT_EQ(stream["dvr_seconds"], 7200);
  EXPECT_EQ(stream["record"], true);
  EXPECT_EQ(stream["stereo"], (Json{{"mode", "half_sbs"}, {"divergence", 2.5}}));
  EXPECT_EQ(stream["chunk_seconds"], 2.5);
  EXPECT_EQ(stream["source"], "rtsp://camera:554/1");
  EXPECT_EQ(stream["on_conflict"], "reject");
  EXPECT_EQ(store_.find(created["stream_id"].get<std::string>())->source,
            "rtsp://user:pass@camera:554/1?token=x");
}

TEST_F(LiveStreamApiTest, WhatIsLeftOutOrNullIsTheServersChoice) {
  for (const char* body : {"", " \n", "{}",
                           R"({"name":null,"ladder":null,"dvr_seconds":null,"record":null,
                               "stereo":null,"source":null,"on_conflict":null})"}) {
    const Json stream = get(create(body)["stream_id"]);
    EXPECT_EQ(stream["name"], "");
    for (const char* field : {"ladder", "dvr_seconds", "stereo", "source", "publisher", "reason",
                              "started_at", "ended_at", "deleted_at"}) {
      EXPECT_TRUE(stream[field].is_null()) << field;
    }
    EXPECT_EQ(stream["record"], false);
    EXPECT_EQ(stream["on_conflict"], "replace_silent");
    EXPECT_EQ(stream["created_at"], net::format_iso8601_milliseconds(clock_.system_now()));
  }
  EXPECT_EQ(get(create(R"({"ladder":[]})")["stream_id"])["ladder"], "none");
}

TEST_F(LiveStreamApiTest, NamesTheFieldThatCannotBeUsed) {
  EXPECT_EQ(message_of("["), "the body is not JSON");
  EXPECT_EQ(message_of("[]"), "the body must be a JSON object");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"name", R"({"name":1})"},
      {"name", R"({"name":"a\nb"})"},
      {"ladder", R"({"ladder":1080})"},
      {"ladder", R"({"ladder":"720,1080"})"},
      {"ladder", R"({"ladder":[720.5]})"},
      {"ladder", R"({"ladder":["720"]})"},
      {"dvr_seconds", R"({"dvr_seconds":"60"})"},
      {"dvr_seconds", R"({"dvr_seconds":9})"},
      {"dvr_seconds", R"({"dvr_seconds":60.5})"},
      {"dvr_seconds", R"({"dvr_seconds":-60})"},
      {"dvr_seconds", R"({"dvr_seconds":18446744073709551615})"},
      {"record", R"({"record":"yes"})"},
      {"stereo", R"({"stereo":true})"},
      {"stereo.divergence", R"({"stereo":{"divergence":11}})"},
      {"stereo.mode", R"({"stereo":{"mode":"4d"}})"},
      {"chunk_seconds", R"({"chunk_seconds":5})"},
      {"chunk_seconds", R"({"stereo":{},"chunk_seconds":0.4})"},
      {"chunk_seconds", R"({"stereo":{},"chunk_seconds":1e300})"},
      {"chunk_seconds", R"({"stereo":{},"chunk_seconds":"5"})"},
      {"source", R"({"source":5})"},
      {"source", R"({"source":"ftp://h/secret"})"},
      {"on_conflict", R"({"on_conflict":"fight"})"},
      {"on_conflict", R"({"on_conflict":1})"},
  };
  for (const auto& [field, body] : wrong) {
    const std::string message = message_of(body);
    EXPECT_TRUE(message.starts_with(field + " ")) << body << ": " << message;
    EXPECT_EQ(message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(store_.count()->all, 0u);
  EXPECT_EQ(call("POST", "/streams", std::string(64 * 1024 + 1, ' ')).status, 413);
}

TEST_F(LiveStreamApiTest, ShowsStateTimesAndPublisherButNeverTheKey) {
  const Json created = create();
  const std::string id = created["stream_id"];
  const std::string key = created["stream_key"];
  auto publication = streams_.begin_publish({id}, "192.0.2.7");
  ASSERT_TRUE(publication);
  publication->note_media(clock_.steady_now());
  const std::string now = net::format_iso8601_milliseconds(clock_.system_now());
  const Json active = get(id);
  EXPECT_EQ(active["state"], "ACTIVE");
  EXPECT_EQ(active["broadcasts"], 1);
  EXPECT_EQ(active["started_at"], now);
  EXPECT_EQ(active["publisher"], (Json{{"remote_address", "192.0.2.7"}, {"connected_at", now}}));
  EXPECT_EQ(active["publish"],
            (Json{{"rtmp", "rtmp://127.0.0.1:1935/live"}, {"srt", "srt://127.0.0.1:9000"}}));
  publication->finish(live::PublishEnd::Goodbye);
  const Json ended = get(id);
  EXPECT_EQ(ended["state"], "ENDED_GRACEFULLY");
  EXPECT_EQ(ended["reason"], "the publisher ended it");
  EXPECT_EQ(ended["ended_at"], now);
  EXPECT_TRUE(ended["publisher"].is_null());
  EXPECT_EQ(ended.dump().find(key), std::string::npos);
  EXPECT_EQ(ended.dump().find(net::sha256_hex(key)), std::string::npos);
}

TEST_F(LiveStreamApiTest, DeletesAStreamOnceAndForGood) {
  const Json created = create();
  const std::string id = created["stream_id"];
  auto publication = streams_.begin_publish({id}, "192.0.2.7");
  publication->note_media(clock_.steady_now());
  EXPECT_EQ(call("DELETE", "/streams/" + id).status, 204);
  EXPECT_TRUE(publication->revoked().stop_requested());
  EXPECT_EQ(call("DELETE", "/streams/" + id).status, 204);
  EXPECT_FALSE(streams_.find_by_key(created["stream_key"].get<std::string>()));
  const Json deleted = get(id);
  EXPECT_EQ(deleted["state"], "ENDED_GRACEFULLY");
  EXPECT_EQ(deleted["reason"], "it was deleted");
  EXPECT_FALSE(deleted["deleted_at"].is_null());
}

TEST_F(LiveStreamApiTest, UnknownStreamsAndOtherPathsAreNotFound) {
  EXPECT_EQ(call("GET", "/streams/unknown").status, 404);
  EXPECT_EQ(call("DELETE", "/streams/unknown").status, 404);
  EXPECT_EQ(call("GET", "/streams/a/b").status, 404);
  for (const char* id : {"/streams/", "/streams/a.b", "/streams/%41", "/streams/.."}) {
    const auto response = call("GET", id);
    EXPECT_EQ(response.status, 400) << id;
    EXPECT_EQ(http::error_code_of(response), "invalid_stream_id");
  }
  EXPECT_EQ(call("PUT", "/streams").status, 405);
  EXPECT_EQ(call("POST", "/streams/a").status, 405);
}

TEST_F(LiveStreamApiTest, ListsPages) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(streams_.create_open(id));
  const auto ids_of = [](const Json& page) {
    std::string ids;
    for (const Json& stream : page["streams"]) ids += stream["stream_id"];
    return ids;
  };
  const Json all = json_of(call("GET", "/streams"));
  EXPECT_EQ(ids_of(all), "abc");
  EXPECT_TRUE(all["next"].is_null());
  const Json first = json_of(call("GET", "/streams?limit=2"));
  EXPECT_EQ(ids_of(first), "ab");
  EXPECT_EQ(first["next"], "b");
  EXPECT_EQ(ids_of(json_of(call("GET", "/streams?limit=2&after=b"))), "c");
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "limit=", "after=../x"}) {
    EXPECT_EQ(call("GET", std::string("/streams?") + query).status, 400) << query;
  }
}

TEST_F(LiveStreamApiTest, WithKeysOnlyTheirHoldersAndTheStreamsOwnerMayCall) {
  need_keys();
  EXPECT_EQ(call("POST", "/streams").status, 401);
  EXPECT_EQ(call("POST", "/streams", {}, "wrong").status, 403);
  const Json created = json_of(call("POST", "/streams", {}, "secret"));
  const std::string id = created["stream_id"];
  const std::string key = created["stream_key"];
  EXPECT_EQ(store_.find(id)->api_key, "studio");
  const std::string path = "/streams/" + id;
  EXPECT_EQ(call("GET", path).status, 401);
  EXPECT_EQ(call("GET", path, {}, "wrong").status, 403);
  EXPECT_EQ(call("GET", path, {}, key).status, 200);
  EXPECT_EQ(call("GET", path, {}, "secret").status, 200);
  EXPECT_EQ(call("GET", "/streams").status, 401);
  EXPECT_EQ(call("GET", "/streams", {}, key).status, 403);
  EXPECT_EQ(call("GET", "/streams", {}, "secret").status, 200);
  EXPECT_EQ(call("DELETE", path).status, 401);
  EXPECT_EQ(call("DELETE", path, {}, "wrong").status, 403);
  EXPECT_EQ(call("DELETE", path, {}, key).status, 204);
  EXPECT_EQ(call("GET", path, {}, key).status, 403) << "the key is revoked";
  EXPECT_EQ(call("DELETE", path, {}, "secret").status, 204);
}

TEST_F(LiveStreamApiTest, OnAServerThatIsOpenToEverybodyAStreamBelongsToItsKey) {
  options_.needs_owner = true;
  options_.sources = LiveSources::None;
  const Json created = create();
  const std::string path = "/streams/" + created["stream_id"].get<std::string>();
  EXPECT_EQ(call("GET", "/streams").status, 401);
  EXPECT_EQ(call("DELETE", path).status, 401);
  EXPECT_EQ(call("DELETE", path, {}, created["stream_key"]).status, 204);
  const auto source = call("POST", "/streams", R"({"source":"http://10.0.0.1/"})");
  EXPECT_EQ(source.status, 403);
  EXPECT_EQ(http::error_code_of(source), "forbidden");
}

TEST_F(LiveStreamApiTest, HoldersOfAKeyReadNoFilesOfTheServer) {
  options_.sources = LiveSources::Network;
  EXPECT_EQ(call("POST", "/streams", R"({"source":"FiLe:///etc/passwd"})").status, 403);
  EXPECT_EQ(call("POST", "/streams", R"({"source":"rtsp://camera/1"})").status, 200);
  options_.sources = LiveSources::All;
  EXPECT_EQ(call("POST", "/streams", R"({"source":"file:///v.mp4"})").status, 200);
}

TEST_F(LiveStreamApiTest, PagesOfOtherSitesMayNotCallAServerOfThisMachine) {
  access_options_.local_callers_only = true;
  const auto with = [](std::string method, std::string_view path, net::HttpHeaders headers) {
    return http::make_request(std::move(method), path, {}, std::move(headers));
  };
  EXPECT_EQ(send(with("POST", "/streams", {{"Origin", "https://evil.example"}})).status, 403);
  EXPECT_EQ(send(with("DELETE", "/streams/a", {{"Origin", "https://evil.example"}})).status, 403);
  EXPECT_EQ(send(with("GET", "/streams", {{"Host", "evil.example"}})).status, 403);
  EXPECT_EQ(send(with("POST", "/streams", {{"Origin", "http://127.0.0.1:8000"}})).status, 200);
}

TEST_F(LiveStreamApiTest, RejectsChoicesThatWouldHaveNoEffect) {
  options_.passthrough_only = true;
  for (const auto* body :
       {R"({"ladder":[720,480]})", R"({"stereo":{}})", R"({"source":"rtsp://camera.example/1"})"}) {
    EXPECT_EQ(call("POST", "/streams", body).status, 400) << body;
  }
  EXPECT_EQ(call("POST", "/streams", R"({"ladder":[]})").status, 200);
}

TEST_F(LiveStreamApiTest, ReportsWhatToDoWhenThereIsNoRoom) {
  for (int i = 0; i < 5; ++i) create();
  const auto full = call("POST", "/streams");
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(http::error_code_of(full), "too_many_streams");
  EXPECT_EQ(http::header_of(full, "Retry-After"), "60");
  options_.has_room = [] { return false; };
  EXPECT_EQ(http::error_code_of(call("POST", "/streams")), "disk_full");
  options_.streaming_enabled = false;
  EXPECT_EQ(http::error_code_of(call("POST", "/streams")), "streaming_disabled");
}

TEST_F(LiveStreamApiTest, AServerWithoutAStoreHasNoLiveStreams) {
  off_ = true;
  for (const char* method : {"GET", "POST"}) {
    const auto response = call(method, "/streams");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(http::error_code_of(response), "live_streams_off");
  }
  EXPECT_EQ(call("GET", "/streams/a").status, 503);
  EXPECT_EQ(call("DELETE", "/streams/a").status, 503);
  EXPECT_EQ(call("GET", "/time").status, 200);
}

TEST_F(LiveStreamApiTest, AFailingStoreIsUnavailableAndItsReasonIsLogged) {
  store_.failing = true;
  for (const auto& response : {call("POST", "/streams"), call("GET", "/streams"),
                               call("GET", "/streams/a"), call("DELETE", "/streams/a")}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(http::body_of(response).find("/secret/path"), std::string::npos);
  }
  EXPECT_TRUE(logger_.mentions("/secret/path"));
}

TEST_F(LiveStreamApiTest, TheClockForDashPlayersHasMilliseconds) {
  clock_.advance(std::chrono::milliseconds(1234));
  const auto response = call("GET", "/time");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::body_of(response), "2026-01-01T00:00:01.234Z");
  EXPECT_EQ(http::header_of(response, "Cache-Control"), "no-store");
  EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), "*");
}

TEST(LiveStreamJson, UrlsAreShownWithoutSecrets) {
  EXPECT_EQ(without_secrets("rtsp://user:p@ss@camera:554/a@b?x=1"), "rtsp://camera:554/a@b");
  EXPECT_EQ(without_secrets("srt://h:9000?passphrase=0123456789"), "srt://h:9000");
  EXPECT_EQ(without_secrets("https://h/live.m3u8#t"), "https://h/live.m3u8");
  EXPECT_EQ(without_secrets("file:///a/b.mp4"), "file:///a/b.mp4");
  EXPECT_EQ(without_secrets(""), "");
}

}  // namespace
}  // namespace streamkit::server

#include <streamkit/server/server.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/sigv4_verify.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

#include "http/raw_client.hpp"
#include "live/flaky_session_store.hpp"
#include "local/temporary_folder.hpp"

namespace streamkit::server {
namespace {

// The whole server over loopback, with the library's own clients.
class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    stores_ = *local::open_data_dir(folder_.path());
    options_.http.listen = "127.0.0.1:0";
    options_.data_dir = stores_.objects->root();
    start();
  }
  void start() {
    server_.reset();
    auto server = try_start();
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    while (!server_->is_recovered()) std::this_thread::yield();
  }
  Result<std::unique_ptr<Server>> try_start() {
    options_.metrics = &metrics_;
    return Server::start(options_,
                         {*stores_.objects, *stores_.sessions, *stores_.records,
                          *stores_.maintenance, *stores_.jobs, stores_.live_streams.get()},
                         {.logger = &logger_, .metrics = &metrics_}, extra_);
  }
  client::HttpResponse call(const std::string& method, const std::string& path,
                            std::string_view body = {}, net::HttpHeaders headers = {}) {
    const client::HttpRequest request{
        .method = method,
        .url = server_->local_url() + path,
        .headers = std::move(headers),
        .body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()}};
    const auto response = http_.send(request, {});
    EXPECT_TRUE(response) << response.error().message;
    return response ? *response : client::HttpResponse{};
  }
  client::CreatedSession create_session() {
    auto client = client::SessionClient::create(http_, server_->local_url());
    auto session = client->create_session(StereoMode::FullSbs, kFiveSeconds, {});
    EXPECT_TRUE(session) << session.error().message;
    return session ? *session : client::CreatedSession{};
  }
  Result<void> upload(const client::CreatedSession& session, const std::string& key,
                      const Bytes& body) {
    net::StaticCredentialsProvider credentials(session.upload.credentials);
    const auto writer = client::S3ObjectWriter::create(
        http_, credentials,
        {session.upload.bucket, session.upload.region, session.upload.endpoint});
    EXPECT_TRUE(writer) << writer.error().message;
    return (*writer)->put(key, body, {}, {});
  }
  void record_segment(const std::string& id, std::uint64_t index) {
    ASSERT_TRUE(stores_.records->record_chunk(id, index, {}));
    ASSERT_TRUE(stores_.records->record_segment(id, live::example_segment(index)));
  }

  static constexpr MediaTime kFiveSeconds = std::chrono::seconds(5);
  const local::TemporaryFolder folder_;
  testing::RecordingLogger logger_;
  telemetry::PrometheusMetrics metrics_;
  local::DataDir stores_;
  ServerOptions options_;
  std::vector<http::Route> extra_;
  client::HttpClient http_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ALiveStreamOutlivesTheServer) {
  const auto created = call("POST", "/streams", R"({"name":"Sunday"})");
  ASSERT_EQ(created.status, 200) << created.body;
  const auto answer = nlohmann::json::parse(created.body);
  const std::string id = answer["stream_id"];
  const std::string path = "/streams/" + id;
  {
    auto publication = server_->live_streams()->begin_publish({id}, "127.0.0.1");
    ASSERT_TRUE(publication) << publication.error().message;
    publication->note_media(std::chrono::steady_clock::now());
    EXPECT_EQ(nlohmann::json::parse(call("GET", path).body)["state"], "ACTIVE");
    while (stores_.live_streams->find(id)->status.state != LiveStreamState::Active) {
      std::this_thread::yield();
    }
  }
  options_.live.grace = std::chrono::milliseconds(0);
  start();
  nlohmann::json stream;
  do {
    stream = nlohmann::json::parse(call("GET", path).body);
  } while (stream["state"] == "ACTIVE");
  EXPECT_EQ(stream["state"], "ERROR");
  EXPECT_EQ(stream["reason"], "the server restarted");
  EXPECT_EQ(call("DELETE", path).status, 204);
  EXPECT_FALSE(server_->live_streams()->find_by_key(answer["stream_key"].get<std::string>()));
  EXPECT_EQ(call("GET", "/time").body.size(), std::string_view("2026-01-01T00:00:00.000Z").size());
}

TEST_F(ServerTest, TakesNoLiveStreamsWithoutAStoreForThem) {
  stores_.live_streams.reset();
  start();
  EXPECT_EQ(server_->live_streams(), nullptr);
  EXPECT_EQ(call("POST", "/streams").status, 503);
}

TEST_F(ServerTest, TakesAStreamFromCreationToItsEnd) {
  const auto session = create_session();
  const std::string path = "/stream/" + session.session_id + "/playlist.m3u8";
  EXPECT_EQ(session.playlist_url, server_->local_url() + path);
  ASSERT_TRUE(upload(session, to_string(StreamInputKey{session.session_id, 0}), Bytes(100, 7)));
  EXPECT_EQ(stores_.jobs->depth()->waiting, 1u);

  record_segment(session.session_id, 0);
  const Bytes segment(2000, 9);
  const auto key = to_string(StreamOutputKey{session.session_id, 0});
  ASSERT_TRUE(stores_.objects->put(key, segment, {}, {}));
  const auto live = call("GET", path + "?start=1");
  EXPECT_EQ(live.status, 200);
  EXPECT_NE(live.body.find("#EXT-X-PLAYLIST-TYPE:EVENT"), std::string::npos);
  EXPECT_EQ(live.body.find("#EXT-X-ENDLIST"), std::string::npos);
  const auto media = call("GET", "/stream/" + session.session_id + "/seg_00000.mp4", {},
                          {{"Range", "bytes=1000-"}});
  EXPECT_EQ(media.status, 206);
  EXPECT_EQ(media.body, std::string(1000, 9));

  EXPECT_EQ(call("POST", "/stream_sessions/" + session.session_id + "/end").status, 204);
  std::string ended;
  do ended = call("GET", path).body;
  while (ended.find("#EXT-X-ENDLIST") == std::string::npos);
  EXPECT_TRUE(ended.starts_with(live.body));
}

TEST_F(ServerTest, PicksUpAtItsStartWhatTheLastOneDidNotRecord) {
  const auto session = create_session();
  ASSERT_TRUE(upload(session, to_string(StreamInputKey{session.session_id, 0}), Bytes(100, 7)));
  const auto key = to_string(StreamInputKey{session.session_id, 1});
  ASSERT_TRUE(stores_.objects->put(key, Bytes(100, 7), {}, {}));
  start();
  EXPECT_EQ(stores_.records->progress(session.session_id)->contiguous_chunks, 2u);
}

TEST_F(ServerTest, ServesWhileItRecoversAndIsReadyAfterwards) {
  live::FlakySessionStore sessions;
  sessions.failing = true;
  server_.reset();
  auto started =
      Server::start(options_, {*stores_.objects, sessions, sessions, sessions, *stores_.jobs},
                    {.logger = &logger_});
  ASSERT_TRUE(started) << started.error().message;
  server_ = *std::move(started);
  EXPECT_EQ(call("GET", "/healthz/live").status, 200);
  const auto ready = call("GET", "/healthz/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("\"recovery\":\"running\""), std::string::npos) << ready.body;
  while (!logger_.mentions("the recovery failed and will be tried again"))
    std::this_thread::yield();
  EXPECT_FALSE(server_->is_recovered());

  sessions.failing = false;
  while (!server_->is_recovered()) std::this_thread::yield();
  EXPECT_EQ(call("GET", "/healthz/ready").status, 200);
  server_.reset();  // before the sessions
}

TEST_F(ServerTest, StopsWhileItRecovers) {
  live::FlakySessionStore sessions;
  sessions.failing = true;
  server_.reset();
  auto started =
      Server::start(options_, {*stores_.objects, sessions, sessions, sessions, *stores_.jobs},
                    {.logger = &logger_});
  ASSERT_TRUE(started) << started.error().message;
  while (!logger_.mentions("the recovery failed and will be tried again"))
    std::this_thread::yield();
  (*started)->stop();
  EXPECT_FALSE((*started)->is_recovered());
}

TEST_F(ServerTest, EndsAndRemovesAStreamWhoseSenderIsGone) {
  options_.retention = {.idle_timeout = std::chrono::seconds(1),
                        .keep_streams = std::chrono::seconds(5),
                        .sweep_interval = std::chrono::milliseconds(20)};
  start();
  const auto session = create_session();
  const std::string path = "/stream/" + session.session_id + "/playlist.m3u8?nowait=1";
  ASSERT_TRUE(upload(session, to_string(StreamInputKey{session.session_id, 0}), Bytes(100, 7)));
  record_segment(session.session_id, 0);
  std::string text;
  do text = call("GET", path).body;
  while (text.find("#EXT-X-ENDLIST") == std::string::npos);
  EXPECT_NE(text.find("seg_00000.mp4"), std::string::npos);
  while (stores_.sessions->find(session.session_id)) {
  }
  EXPECT_TRUE(stores_.objects->list("stream_input/", "", 10, {})->empty());
}

TEST_F(ServerTest, RefusesToKeepChunksLongerThanTheirStream) {
  options_.retention = {.keep_input = std::chrono::hours(2), .keep_streams = std::chrono::hours(1)};
  const auto server = try_start();
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::InvalidArgument);
}

TEST_F(ServerTest, ReleasesAHeldPlaylistWhenASegmentIsRecorded) {
  options_.stream.hold = std::chrono::seconds(60);
  start();
  const auto session = create_session();
  std::jthread recorder([&] {
    for (std::uint64_t index = 0; index < 3; ++index) record_segment(session.session_id, index);
  });
  const auto response = call("GET", "/stream/" + session.session_id + "/playlist.m3u8");
  EXPECT_NE(response.body.find("seg_00002.mp4"), std::string::npos);
}

TEST_F(ServerTest, StopEndsAHeldPlaylist) {
  options_.stream.hold = std::chrono::seconds(60);
  start();
  const auto session = create_session();
  const std::string url = session.playlist_url;
  client::HttpResponse response;
  std::jthread viewer([&] { response = *http_.send({.url = url}, {}); });
  while (metrics_.render().find("streamkit_http_connections 1") == std::string::npos) {
    std::this_thread::yield();
  }
  server_->stop();
  viewer.join();
  EXPECT_EQ(response.status, 503);
}

TEST_F(ServerTest, RefusesAnotherSessionsKeyAndAChangedToken) {
  const auto a = create_session();
  const auto b = create_session();
  const auto foreign = upload(a, to_string(StreamInputKey{b.session_id, 0}), Bytes(10, 1));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::PermissionDenied);
  auto mixed = a;
  mixed.upload.credentials.session_token = b.upload.credentials.session_token;
  EXPECT_FALSE(upload(mixed, to_string(StreamInputKey{a.session_id, 0}), Bytes(10, 1)));
  EXPECT_EQ(stores_.jobs->depth()->waiting, 0u);
}

TEST_F(ServerTest, RefusesAChunkOverTheLimit) {
  options_.max_chunk_bytes = 1000;
  start();
  const auto session = create_session();
  const auto key = to_string(StreamInputKey{session.session_id, 0});
  EXPECT_TRUE(upload(session, key, Bytes(1000, 1)));
  const auto too_large = upload(session, key, Bytes(1001, 1));
  ASSERT_FALSE(too_large);
  EXPECT_FALSE(too_large.error().retryable());
  EXPECT_EQ(call("POST", "/stream_sessions", std::string(70'000, ' ')).status, 413);
}

TEST_F(ServerTest, ARestartPicksUpEverySession) {
  const auto session = create_session();
  record_segment(session.session_id, 0);
  server_.reset();
  stores_ = {};
  stores_ = *local::open_data_dir(folder_.path());
  start();
  const auto key = to_string(StreamInputKey{session.session_id, 1});
  auto moved = session;
  moved.upload.endpoint = server_->local_url();
  EXPECT_TRUE(upload(moved, key, Bytes(10, 1)));
  EXPECT_EQ(call("GET", "/stream/" + session.session_id + "/playlist.m3u8?start=1").status, 200);
}

TEST_F(ServerTest, TellsHealthAndMetrics) {
  create_session();
  EXPECT_EQ(call("GET", "/healthz").body, "{\"status\":\"ok\"}\n");
  const auto metrics = call("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.body.find("streamkit_sessions_created_total 1\n"), std::string::npos);
  EXPECT_NE(metrics.body.find("streamkit_queue_waiting 0\n"), std::string::npos);
  EXPECT_EQ(call("POST", "/healthz").status, 405);
  EXPECT_EQ(call("GET", "/nothing").status, 404);
  EXPECT_EQ(call("GET", "/stream_sessionsX").status, 404);
  EXPECT_EQ(call("GET", "/watch/s1").status, 404);
}

// The text of a chunked body, up to its end.
std::string receive_events(http::RawClient& client) {
  std::string events;
  for (;;) {
    const std::string piece = client.receive_chunk();
    if (piece.empty()) return events;
    events += piece;
  }
}

// A server that others than this machine's users are meant to reach.
class GuardedServerTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    options_.public_url = "https://video.example.org";
    options_.access.api_keys = folder_.path() / "keys";
    options_.access_control.trust_proxy = true;
    write_keys("studio", "secret");
    start();
  }
  void write_keys(const std::string& name, const std::string& secret) {
    std::ofstream(options_.access.api_keys) << to_line({name, net::sha256_hex(secret)}) << "\n";
    ASSERT_EQ(::chmod(options_.access.api_keys.c_str(), 0600), 0);
  }
  int status(const std::string& method, const std::string& path, const std::string& token = {}) {
    net::HttpHeaders headers = {{"X-Forwarded-For", "192.0.2.1"}};
    if (!token.empty()) headers.push_back({"Authorization", "Bearer " + token});
    return call(method, path, {}, std::move(headers)).status;
  }
};

TEST_F(GuardedServerTest, CreatingAndMetricsTakeAKey) {
  EXPECT_EQ(status("POST", "/stream_sessions"), 401);
  EXPECT_EQ(status("POST", "/stream_sessions", "guess"), 403);
  EXPECT_EQ(status("POST", "/stream_sessions", "secret"), 200);
  EXPECT_TRUE(logger_.mentions("studio"));
  EXPECT_FALSE(logger_.mentions("secret"));
  EXPECT_EQ(status("GET", "/metrics"), 401);
  EXPECT_EQ(status("GET", "/metrics", "secret"), 200);
  EXPECT_EQ(status("GET", "/healthz"), 200);
}

TEST_F(GuardedServerTest, KeysAreReadAgainAndABadFileChangesNothing) {
  write_keys("studio", "new");
  ASSERT_TRUE(server_->reload());
  EXPECT_EQ(status("POST", "/stream_sessions", "secret"), 403);
  EXPECT_EQ(status("POST", "/stream_sessions", "new"), 200);
  std::ofstream(options_.access.api_keys) << "nonsense\n";
  EXPECT_FALSE(server_->reload());
  EXPECT_EQ(status("POST", "/stream_sessions", "new"), 200);
}

TEST_F(GuardedServerTest, RefusesBothOpenAndKeysOrAFileThatIsNone) {
  options_.access.open = true;
  EXPECT_EQ(try_start().error().code, ErrorCode::InvalidArgument);
  options_.access = {.api_keys = folder_.path() / "none"};
  EXPECT_EQ(try_start().error().code, ErrorCode::NotFound);
}

TEST_F(GuardedServerTest, WhoAsksTooOftenIsToldSoInHisOwnTerms) {
  options_.access_control.client_rate = 0.5;
  start();
  const net::HttpHeaders from = {{"X-Forwarded-For", "192.0.2.1"}};
  EXPECT_EQ(call("GET", "/healthz", {}, from).status, 200);
  EXPECT_EQ(call("GET", "/healthz", {}, from).status, 200);
  const auto limited = call("GET", "/healthz", {}, from);
  EXPECT_EQ(limited.status, 429);
  EXPECT_TRUE(net::find_header(limited.headers, "Retry-After"));
  const auto slow_down =
      call("PUT", "/" + options_.bucket + "/stream_input/a/chunk_00000.mp4", "body", from);
  EXPECT_EQ(slow_down.status, 503);
  EXPECT_NE(slow_down.body.find("<Code>SlowDown</Code>"), std::string::npos) << slow_down.body;
  EXPECT_EQ(call("GET", "/healthz", {}, {{"X-Forwarded-For", "192.0.2.2"}}).status, 200);
}

// Uploads that never finish, on connections of their own.
class GreedyUploadsTest : public GuardedServerTest {
 protected:
  void SetUp() override {
    GuardedServerTest::SetUp();
    options_.public_url = {};
    options_.access = {.open = true};
    options_.access_control.client_rate = options_.access_control.session_rate = 0;
    options_.http.stall_timeout = std::chrono::minutes(10);
    options_.http.min_bytes_per_second = 0;
  }
  // Sends the head of an upload, for which the server asks for the body, or its rejection.
  http::RawResponse begin(http::RawClient& client, const client::CreatedSession& session,
                          std::uint64_t index, std::uint64_t bytes, std::string_view from) {
    const auto path =
        "/" + session.upload.bucket + "/" + to_string(StreamInputKey{session.session_id, index});
    const auto host = server_->local_url().substr(7);
    const auto signed_headers = net::sign_headers(
        {"PUT", host, path, "", {}}, session.upload.credentials, {.region = session.upload.region},
        net::kUnsignedPayload, std::chrono::system_clock::now());
    std::string head = "PUT " + path + " HTTP/1.1\r\nHost: " + host + "\r\n";
    for (const auto& [name, value] : *signed_headers) head += name + ": " + value + "\r\n";
    head += "X-Forwarded-For: " + std::string(from) + "\r\nExpect: 100-continue\r\n";
    client.send(head + "Content-Length: " + std::to_string(bytes) + "\r\n\r\n");
    auto response = client.receive_head();
    if (response.status != 100) response.body = client.receive_until_close();
    return response;
  }
  int hold(const client::CreatedSession& session, std::uint64_t index, std::string_view from) {
    held_.push_back(std::make_unique<http::RawClient>(server_->port()));
    const auto response = begin(*held_.back(), session, index, 64 << 20, from);
    if (response.status == 100) held_.back()->send("x");
    return response.status;
  }
  void TearDown() override { held_.clear(); }

  std::vector<std::unique_ptr<http::RawClient>> held_;
};

TEST_F(GreedyUploadsTest, SlowOnesShutOutNobody) {
  options_.http.max_body_bytes_in_flight = 128 << 20;
  start();
  std::vector<client::CreatedSession> slow;
  for (int i = 0; i < 4; ++i) slow.push_back(create_session());
  for (std::uint64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(hold(slow[i % 4], i, "192.0.2." + std::to_string(i % 8)), 100);
  }
  const auto session = create_session();
  for (std::uint64_t i = 0; i < 5; ++i) {
    for (auto& client : held_) client->send("x");
    ASSERT_TRUE(
        upload(session, to_string(StreamInputKey{session.session_id, i}), Bytes(8 << 20, 7)));
    record_segment(session.session_id, i);
    EXPECT_EQ(call("GET", "/stream/" + session.session_id + "/playlist.m3u8?nowait=1").status, 200);
  }
}

TEST_F(GreedyUploadsTest, ASessionAndAClientHaveTheirShares) {
  options_.http.max_bodies_per_sender = 4;
  options_.http.max_bodies_per_client = 6;
  start();
  const auto greedy = create_session();
  const auto other = create_session();
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(hold(greedy, i, "192.0.2.1"), 100);
  for (const auto* from : {"192.0.2.1", "192.0.2.2"}) {
    http::RawClient client(server_->port());
    const auto refused = begin(client, greedy, 5, 10, from);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("SlowDown"), std::string::npos);
  }
  for (std::uint64_t i = 0; i < 2; ++i) EXPECT_EQ(hold(other, i, "192.0.2.1"), 100);
  EXPECT_EQ(hold(other, 2, "192.0.2.1"), 503);
  EXPECT_EQ(hold(other, 2, "192.0.2.2"), 100);
  held_.clear();
  // The server notices on its own time that they are gone.
  while (hold(greedy, 6, "192.0.2.1") != 100) std::this_thread::yield();
}

TEST_F(GreedyUploadsTest, AThousandConnectionsOfOneClientLeaveRoomForOthers) {
  options_.stream.hold = std::chrono::hours(1);  // a busy machine takes its time
  options_.http.max_connections_per_client = 20;
  start();
  const auto session = create_session();
  const auto playlist = [&](std::string_view from, std::string_view query) {
    held_.push_back(std::make_unique<http::RawClient>(server_->port()));
    held_.back()->send("GET /stream/" + session.session_id + "/playlist.m3u8" + std::string(query) +
                       " HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + std::string(from) +
                       "\r\n\r\n");
  };
  // Held until a segment is there.
  for (int i = 0; i < 20; ++i) playlist("192.0.2.1", "");
  // One that is answered at once may have taken the place of one to be held.
  for (int rejected = 0; rejected < 3;) {
    playlist("192.0.2.1", "?nowait=1");
    const bool full = held_.back()->receive().status == 429;
    rejected = full ? rejected + 1 : 0;
    if (!full) playlist("192.0.2.1", "");
  }
  for (int i = 0; i < 980; ++i) {
    playlist("192.0.2.1", "");
    EXPECT_EQ(held_.back()->receive().status, 429);
  }
  playlist("192.0.2.2", "?nowait=1");
  EXPECT_EQ(held_.back()->receive().status, 200);
  record_segment(session.session_id, 0);
  playlist("192.0.2.2", "?start=1");
  EXPECT_EQ(held_.back()->receive().status, 200);
}

TEST_F(ServerTest, KeepsToTheQuotasOfASession) {
  options_.quotas.max_session_bytes = 1 << 20;
  options_.quotas.max_chunks = 3;
  options_.quotas.max_sessions = 2;
  start();
  auto session = create_session();
  const auto put = [&](std::uint64_t index, std::size_t bytes) {
    return upload(session, to_string(StreamInputKey{session.session_id, index}), Bytes(bytes, 1));
  };
  EXPECT_TRUE(put(0, 1'000'000));
  const auto bytes = put(1, 100'000);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::ResourceExhausted);
  EXPECT_FALSE(bytes.error().retryable());
  EXPECT_NE(bytes.error().message.find("1 MiB"), std::string::npos) << bytes.error().message;
  EXPECT_TRUE(put(2, 48'000));
  EXPECT_EQ(put(3, 1).error().code, ErrorCode::ResourceExhausted);
  start();  // What was stored before counts.
  session.upload.endpoint = server_->local_url();
  EXPECT_EQ(put(1, 1000).error().code, ErrorCode::ResourceExhausted);
  EXPECT_TRUE(put(1, 100));
  create_session();
  const auto full = call("POST", "/stream_sessions");
  EXPECT_EQ(full.status, 429);
  EXPECT_NE(full.body.find("too_many_sessions"), std::string::npos);
  EXPECT_EQ(call("POST", "/stream_sessions/" + session.session_id + "/end").status, 204);
  EXPECT_EQ(call("POST", "/stream_sessions").status, 200);
}

TEST_F(ServerTest, BelowTheReserveOfTheDiskUploadsWait) {
  std::atomic<std::uint64_t> free = 1 << 30;
  options_.quotas.disk_reserve_bytes = 1 << 20;
  options_.quotas.free_bytes = [&] { return std::optional<std::uint64_t>(free.load()); };
  start();
  const auto session = create_session();
  const auto put = [&](std::uint64_t index) {
    return upload(session, to_string(StreamInputKey{session.session_id, index}), Bytes(1000, 1));
  };
  EXPECT_TRUE(put(0));
  free = 1 << 19;
  Result<void> refused;
  while (refused) refused = put(1);  // The free space is measured from time to time.
  EXPECT_EQ(refused.error().code, ErrorCode::RateLimited);
  EXPECT_TRUE(refused.error().retryable());
  EXPECT_EQ(call("POST", "/stream_sessions").status, 503);
  EXPECT_EQ(logger_.count(LogLevel::Error), 0u);
  // The work of others goes on.
  record_segment(session.session_id, 0);
  EXPECT_EQ(call("GET", "/stream/" + session.session_id + "/playlist.m3u8?start=1").status, 200);
  EXPECT_NE(metrics_.render().find("streamkit_uploads_limited_total{limit=\"disk\"}"),
            std::string::npos);
  free = 1 << 30;
  while (!put(1)) std::this_thread::yield();
  EXPECT_EQ(call("POST", "/stream_sessions").status, 200);
}

TEST_F(ServerTest, RefusesPresignedSegmentsThatWouldNotLast) {
  options_.segment_urls = SegmentUrlKind::Presigned;
  const auto told = [&] { return try_start().error().message; };
  EXPECT_NE(told().find("--public-url"), std::string::npos);
  options_.public_url = "http://127.0.0.1:8000";
  EXPECT_NE(told().find("operator key"), std::string::npos);
  options_.operator_key = {"AKID", "secret"};
  EXPECT_NE(told().find("--keep-streams"), std::string::npos);
  options_.retention.keep_streams = std::chrono::hours(169);
  EXPECT_NE(told().find("--keep-streams"), std::string::npos);
  options_.retention.keep_streams = std::chrono::hours(168);
  EXPECT_TRUE(try_start());
  options_.retention.keep_input = std::chrono::hours(169);
  EXPECT_FALSE(try_start());
}

TEST_F(ServerTest, AnExpiredStreamIsNotFound) {
  options_.retention.keep_streams = std::chrono::seconds(1);
  start();
  Session session = live::example_session("old");
  ASSERT_TRUE(stores_.sessions->create(session));
  ASSERT_TRUE(stores_.sessions->end("old", WallTime(std::chrono::hours(1))));
  EXPECT_EQ(call("GET", "/stream/old/playlist.m3u8").status, 404);
  EXPECT_EQ(call("GET", "/stream/old/events").status, 404);
  EXPECT_EQ(call("GET", "/stream/old/seg_00000.mp4").status, 404);
  const net::HttpHeaders owner = {{"Authorization", "Bearer control"}};
  EXPECT_EQ(call("GET", "/stream_sessions/old", {}, owner).status, 404);
  EXPECT_EQ(call("POST", "/stream_sessions/old/end").status, 404);
  EXPECT_EQ(call("POST", "/stream_sessions/old/credentials", {}, owner).status, 404);
}

TEST_F(ServerTest, AFeedTellsOfASegmentAtOnce) {
  const auto session = create_session();
  http::RawClient viewer(server_->port());
  viewer.send("GET /stream/" + session.session_id + "/events HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = viewer.receive_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(head.headers.at("access-control-allow-origin"), "*");
  record_segment(session.session_id, 0);
  ASSERT_TRUE(stores_.sessions->end(session.session_id, {}));
  // The feed ends with the stream, and with it the body.
  const std::string events = receive_events(viewer);
  EXPECT_TRUE(events.starts_with("retry: ")) << events;
  EXPECT_NE(events.find("\"state\":\"complete\",\"segments\":1,"), std::string::npos) << events;
}

TEST_F(ServerTest, CountsRequestsByRouteAndStatus) {
  (void)call("GET", "/stream/unknown/playlist.m3u8");
  (void)call("GET", "/nothing");
  const auto text = call("GET", "/metrics").body;
  for (const auto* line :
       {"streamkit_http_requests_total{route=\"playlist\",status=\"4xx\"} 1\n",
        "streamkit_http_requests_total{route=\"other\",status=\"4xx\"} 1\n",
        "streamkit_http_request_seconds_count{route=\"playlist\"} 1\n",
        "streamkit_chunks_stored_total 0\n", "streamkit_viewers 0\n",
        "\nstreamkit_disk_free_bytes ", "# HELP streamkit_chunks_stored_total "}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST_F(ServerTest, NamesEachRouteInItsMetrics) {
  // Requests by route, as many as paths.
  const std::map<std::string, std::vector<std::string>> paths = {
      {"create", {"/stream_sessions", "/stream_sessions/"}},
      {"control",
       {"/stream_sessions/s1", "/stream_sessions/s1/end", "/stream_sessions/s1/events",
        "/stream_sessions/s1/other", "/stream_sessions/a.b"}},
      {"playlist", {"/stream/s1/playlist.m3u8", "/stream/a.b/playlist.m3u8"}},
      {"events", {"/stream/s1/events"}},
      {"segment", {"/stream/s1/seg_00000.mp4", "/stream/s1/other", "/stream/s1", "/stream"}},
      {"watch", {"/watch/s1", "/watch", "/watch/assets/watch.js"}},
      {"health", {"/healthz", "/healthz/live", "/healthz/other"}},
      {"s3", {"/" + options_.bucket, "/" + options_.bucket + "/key"}},
      {"front", {"/"}},
      {"other", {"/metrics/more", "/stream_sessionsX", "/nothing"}},
  };
  for (const auto& [route, of_route] : paths) {
    for (const auto& path : of_route) (void)call("GET", path);
  }
  const auto text = call("GET", "/metrics").body;
  for (const auto& [route, of_route] : paths) {
    int requests = 0;
    for (const auto* status : {"2xx", "3xx", "4xx", "5xx"}) {
      const std::string series =
          "streamkit_http_requests_total{route=\"" + route + "\",status=\"" + status + "\"} ";
      const auto found = text.find(series);
      if (found != std::string::npos) requests += std::stoi(text.substr(found + series.size()));
    }
    EXPECT_EQ(requests, static_cast<int>(of_route.size())) << route;
  }
}

TEST_F(ServerTest, TellsPeopleAndProgramsWhatItIs) {
  const auto page = call("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(net::find_header(page.headers, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.body.find(server_->local_url() + "/stream/ID/playlist.m3u8"), std::string::npos);
  const auto json = call("GET", "/", {}, {{"Accept", "application/json"}});
  EXPECT_EQ(nlohmann::json::parse(json.body)["create_session_url"],
            server_->local_url() + "/stream_sessions");
  EXPECT_EQ(call("POST", "/").status, 405);
}

TEST_F(ServerTest, ServesRoutesOfTheApplicationsOwn) {
  extra_ = {{.name = "hello", .pattern = "/hello/{who}", .methods = {"GET"}},
            {.name = "mine", .pattern = "/metrics"}};
  for (auto& route : extra_) {
    route.admit = [](const http::RequestHead& head, const http::PathParameters& path) {
      return http::respond_to_head(head, [who = std::string(path["who"])] {
        return http::text_response(200, "text/plain", "hello " + who);
      });
    };
  }
  start();
  EXPECT_EQ(call("GET", "/hello/you").body, "hello you");
  const auto rejected = call("POST", "/hello/you");
  EXPECT_EQ(rejected.status, 405);
  EXPECT_NE(rejected.body.find("\"code\":\"method_not_allowed\""), std::string::npos);
  const auto metrics = call("GET", "/metrics").body;
  EXPECT_NE(metrics.find("{route=\"hello\",status=\"2xx\"} 1\n"), std::string::npos);
}

TEST_F(ServerTest, RejectsARouteThatTheBucketHides) {
  extra_ = {{.name = "mine", .pattern = "/" + options_.bucket + "/mine"}};
  extra_[0].admit = [](const http::RequestHead&, const http::PathParameters&) {
    return http::Response{200};
  };
  const auto server = try_start();
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::InvalidArgument);
}

TEST_F(ServerTest, RejectsBodiesThatAreTooLargeInItsOwnWords) {
  const auto rejected = call("POST", "/nothing", std::string(70'000, ' '));
  EXPECT_EQ(rejected.status, 413);
  EXPECT_NE(rejected.body.find("\"code\":\"body_too_large\""), std::string::npos);
}

TEST_F(ServerTest, DoesNotServeStrangersUnlessTold) {
  options_.http.listen = "0.0.0.0:0";
  const auto refused = try_start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(refused.error().message.find("--open"), std::string::npos);
  EXPECT_NE(refused.error().message.find("--api-keys"), std::string::npos);

  options_.http.listen = "127.0.0.1:0";
  options_.public_url = "https://video.example.org/";
  EXPECT_FALSE(try_start());
  options_.access.open = true;
  start();
  EXPECT_EQ(server_->public_url(), "https://video.example.org");
  const auto session = nlohmann::json::parse(call("POST", "/stream_sessions").body);
  const std::string end = "/stream_sessions/" + session["session_id"].get<std::string>() + "/end";
  EXPECT_EQ(call("POST", end).status, 401);
  EXPECT_EQ(call("POST", end, {},
                 {{"Authorization", "Bearer " + session["control_token"].get<std::string>()}})
                .status,
            204);
}

TEST_F(ServerTest, RefusesSettingsThatCannotWork) {
  for (const auto* bucket : {"ab", "Bucket", "stream", "watch", "a/b", "-ab", ""}) {
    options_.bucket = bucket;
    EXPECT_FALSE(try_start()) << bucket;
  }
  options_.bucket = "bucket";
  options_.public_url = "ftp://x";
  EXPECT_FALSE(try_start());
  options_.public_url = "";
  options_.web_dir = folder_.path() / "none";
  EXPECT_EQ(try_start().error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace streamkit::server

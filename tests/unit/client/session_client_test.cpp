#include <gtest/gtest.h>

#include <streamkit/client/session_client.hpp>
#include <streamkit/net/iso8601.hpp>
#include <thread>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using testing::answer;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::Reply;
using testing::ReplyKind;

constexpr std::string_view kUpload =
    R"("upload":{"access_key_id":"AKID","secret_access_key":"secret","session_token":"token",)"
    R"("bucket":"in","region":"us-east-1","expires_at":"2026-11-21T10:00:00Z",)"
    R"("endpoint":"http://127.0.0.1:8000/s3"})";

std::string created(std::string_view upload = kUpload) {
  return R"({"session_id":"s-1","playlist_url":"http://h/stream/s-1/playlist.m3u8",)"
         R"("control_token":"control",)" +
         std::string(upload) + "}";
}

class SessionClientTest : public ::testing::Test {
 protected:
  SessionClient client_for(const LoopbackServer& server, std::string api_key = {}) {
    return *SessionClient::create(http_, server.url() + "/api/", std::move(api_key));
  }
  Result<CreatedSession> create(const Reply& reply) {
    LoopbackServer server(reply);
    return client_for(server).create_session(StereoMode::FullSbs, std::chrono::seconds(5), {});
  }

  HttpClient http_;
};

TEST_F(SessionClientTest, TheWatchPageIsBesideThePlaylist) {
  const auto url = [](std::string playlist_url) {
    return watch_url({"s-1", std::move(playlist_url), "", {}});
  };
  EXPECT_EQ(url("https://h/base/stream/s-1/playlist.m3u8"), "https://h/base/watch/s-1");
  EXPECT_EQ(url("https://cdn/other/s-1.m3u8"), "");
  EXPECT_EQ(url("https://h/stream/s-2/playlist.m3u8"), "");
}

TEST_F(SessionClientTest, CreatesASession) {
  LoopbackServer server(answer(200, created()));
  const auto session = client_for(server, "api key")
                           .create_session(StereoMode::HalfTb, std::chrono::milliseconds(2500), {});
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->session_id, "s-1");
  EXPECT_EQ(session->playlist_url, "http://h/stream/s-1/playlist.m3u8");
  EXPECT_EQ(session->control_token, "control");
  EXPECT_EQ(session->upload.credentials.access_key_id, "AKID");
  EXPECT_EQ(session->upload.credentials.secret_access_key, "secret");
  EXPECT_EQ(session->upload.credentials.session_token, "token");
  EXPECT_EQ(session->upload.bucket, "in");
  EXPECT_EQ(session->upload.region, "us-east-1");
  EXPECT_EQ(session->upload.endpoint, "http://127.0.0.1:8000/s3");
  EXPECT_EQ(session->upload.expires_at, *net::parse_iso8601("2026-11-21T10:00:00Z"));

  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/stream_sessions");
  EXPECT_EQ(request.body, R"({"chunk_seconds":2.5,"mode":"half_tb"})");
  EXPECT_EQ(net::find_header(request.headers, "Content-Type"), "application/json");
  EXPECT_EQ(net::find_header(request.headers, "Authorization"), "Bearer api key");
}

TEST_F(SessionClientTest, SendsWhatTheSessionChooses) {
  LoopbackServer server(answer(200, created()));
  const StereoChoice stereo{.divergence = 3.5, .convergence = Convergence{.automatic = true}};
  ASSERT_TRUE(
      client_for(server).create_session(StereoMode::FullSbs, stereo, std::chrono::seconds(5), {}));
  EXPECT_EQ(server.requests().at(0).body,
            R"({"chunk_seconds":5.0,"mode":"sbs",)"
            R"("stereo":{"convergence":"auto","divergence":3.5,"mode":"sbs"}})");
  const auto wrong = client_for(server).create_session(StereoMode::FullSbs, {.divergence = 10.1},
                                                       std::chrono::seconds(5), {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(wrong.error().message, "stereo.divergence must be a number from 0 to 10");
}

TEST_F(SessionClientTest, TakesAnAnswerWithoutTheOptionalFields) {
  std::string body = created();
  body.replace(body.find(R"("control_token":"control",)"), 26, "");
  body.replace(body.find(R"(,"endpoint":"http://127.0.0.1:8000/s3")"), 38, "");
  const auto session = create(answer(200, body));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->control_token, "");
  EXPECT_EQ(session->upload.endpoint, "");
}

TEST_F(SessionClientTest, NamesTheFieldThatIsMissing) {
  for (const char* field : {"session_id", "playlist_url", "access_key_id", "secret_access_key",
                            "session_token", "bucket", "region", "expires_at", "upload"}) {
    std::string body = created();
    body.replace(body.find("\"" + std::string(field) + "\""), 2, "\"_");
    const auto session = create(answer(200, body));
    ASSERT_FALSE(session) << field;
    EXPECT_EQ(session.error().code, ErrorCode::CorruptData);
    EXPECT_NE(session.error().message.find(std::string(field) + " is missing"), std::string::npos)
        << session.error().message;
  }
}

TEST_F(SessionClientTest, RefusesFieldsOfAnotherKind) {
  const std::pair<const char*, const char*> changes[] = {
      {R"("s-1")", R"("../x")"}, {R"("s-1")", "1"},
      {R"("in")", "[]"},         {R"("2026-11-21T10:00:00Z")", R"("tomorrow")"},
      {R"("control")", "{}"},    {R"("token")", R"("")"},
  };
  for (const auto& [from, to] : changes) {
    std::string body = created();
    body.replace(body.find(from), std::string_view(from).size(), to);
    const auto session = create(answer(200, body));
    ASSERT_FALSE(session) << body;
    EXPECT_EQ(session.error().code, ErrorCode::CorruptData);
  }
  for (const char* body : {"", "no json", "[]", "{", "null"}) {
    const auto session = create(answer(200, body));
    ASSERT_FALSE(session) << body;
    EXPECT_EQ(session.error().code, ErrorCode::CorruptData);
  }
}

TEST_F(SessionClientTest, GivesTheServersReason) {
  const auto session = create(answer(400, R"({"error":{"code":"x","message":"unknown mode"}})"));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(session.error().native_code, 400);
  EXPECT_NE(session.error().message.find("cannot create a session"), std::string::npos);
  EXPECT_NE(session.error().message.find("unknown mode"), std::string::npos);
}

TEST_F(SessionClientTest, MapsTheStatus) {
  const std::pair<int, ErrorCode> cases[] = {
      {401, ErrorCode::PermissionDenied}, {403, ErrorCode::PermissionDenied},
      {404, ErrorCode::NotFound},         {408, ErrorCode::Timeout},
      {429, ErrorCode::RateLimited},      {500, ErrorCode::Unavailable},
      {503, ErrorCode::Unavailable},      {302, ErrorCode::InvalidArgument},
  };
  for (const auto& [status, code] : cases) {
    for (const char* body : {"", "text", R"({"error":"text"})", R"({"error":{"message":1}})"}) {
      const auto session = create(answer(status, body));
      ASSERT_FALSE(session);
      EXPECT_EQ(session.error().code, code) << status;
    }
  }
  const auto reset = create({ReplyKind::Reset});
  ASSERT_FALSE(reset);
  EXPECT_EQ(reset.error().code, ErrorCode::Unavailable);
}

TEST_F(SessionClientTest, RenewsCredentialsAsTheHolderOfTheControlToken) {
  LoopbackServer server(answer(200, "{" + std::string(kUpload) + "}"));
  const auto target = client_for(server, "api key").renew_credentials("s-1", "control", {});
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->credentials.session_token, "token");
  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/stream_sessions/s-1/credentials");
  EXPECT_EQ(net::find_header(request.headers, "Authorization"), "Bearer control");
}

TEST_F(SessionClientTest, EndsTheSession) {
  LoopbackServer server(answer(204));
  EXPECT_TRUE(client_for(server).end_session("s-1", "control", {}));
  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(request.target, "/api/stream_sessions/s-1/end");
  EXPECT_EQ(net::find_header(request.headers, "Authorization"), "Bearer control");

  EXPECT_TRUE(client_for(server).end_session("s-1", "", {}));
  EXPECT_EQ(net::find_header(server.requests().at(1).headers, "Authorization"), std::nullopt);
}

TEST_F(SessionClientTest, GetsThePlaylist) {
  LoopbackServer server(answer(200, "#EXTM3U\n"));
  EXPECT_EQ(client_for(server).playlist("s-1", {}).value(), "#EXTM3U\n");
  EXPECT_EQ(server.requests().at(0).target, "/api/stream/s-1/playlist.m3u8");
}

TEST_F(SessionClientTest, RefusesBadIdsBeforeAsking) {
  LoopbackServer server(answer(200));
  SessionClient client = client_for(server);
  for (const char* id : {"", "..", "a/b", "a%2Fb", "a?b"}) {
    EXPECT_FALSE(client.renew_credentials(id, "t", {}));
    EXPECT_FALSE(client.end_session(id, "t", {}));
    EXPECT_FALSE(client.playlist(id, {}));
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(SessionClientTest, RefusesABadServer) {
  for (const char* url : {"", "localhost:8000", "ftp://h", "http://h/?x=1"}) {
    EXPECT_FALSE(SessionClient::create(http_, url)) << url;
  }
}

TEST_F(SessionClientTest, StopsWhileTheServerIsSilent) {
  LoopbackServer server(Reply{ReplyKind::Silence});
  std::stop_source stop;
  std::jthread stopper([&] {
    server.await_requests(1);
    stop.request_stop();
  });
  const auto playlist = client_for(server).playlist("s-1", stop.get_token());
  ASSERT_FALSE(playlist);
  EXPECT_EQ(playlist.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::client

#include <gtest/gtest.h>

#include <streamkit/client/curl_global.hpp>
#include <streamkit/client/http_client.hpp>
#include <thread>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using testing::answer;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::ReplyKind;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

ErrorCode code_of(const Result<HttpResponse>& response) {
  EXPECT_FALSE(response);
  return response ? ErrorCode::Internal : response.error().code;
}

TEST(HttpClient, GivesTheAnswerAsItIs) {
  LoopbackServer server(answer(404, "nothing here", "X-Thing:  a b \r\nEmpty:\r\n"));
  HttpClient client;
  const auto response = client.send({.url = server.url() + "/a/../b?x=1"}, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "nothing here");
  EXPECT_EQ(net::find_header(response->headers, "x-thing"), "a b");
  EXPECT_EQ(net::find_header(response->headers, "empty"), "");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].target, "/a/../b?x=1");
  EXPECT_EQ(net::find_header(requests[0].headers, "Content-Length"), std::nullopt);
}

TEST(HttpClient, SendsTheBodyWithoutWaitingForLeave) {
  LoopbackServer server(answer(200));
  HttpClient client;
  const std::string body(3'000'000, 'x');
  const auto response = client.send({.method = "PUT",
                                     .url = server.url(),
                                     .headers = {{"Content-Type", "video/mp4"}, {"X-Empty", ""}},
                                     .body = bytes_of(body)},
                                    {});
  ASSERT_TRUE(response) << response.error().message;
  const ReceivedRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_TRUE(request.body == body);
  EXPECT_EQ(net::find_header(request.headers, "Content-Type"), "video/mp4");
  EXPECT_EQ(net::find_header(request.headers, "Expect"), std::nullopt);
}

TEST(HttpClient, SendsEmptyBodiesWithTheirLength) {
  LoopbackServer server(answer(204));
  HttpClient client;
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    ASSERT_TRUE(client.send({.method = method, .url = server.url()}, {}));
    const ReceivedRequest request = server.requests().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(net::find_header(request.headers, "Content-Length"), "0");
    EXPECT_EQ(net::find_header(request.headers, "Content-Type"), std::nullopt);
  }
}

TEST(HttpClient, AsksForTheHeadOnly) {
  LoopbackServer server(
      testing::Reply{ReplyKind::Answer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"});
  HttpClient client;
  const auto response = client.send({.method = "HEAD", .url = server.url()}, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(net::find_header(response->headers, "Content-Length"), "1000");
}

TEST(HttpClient, UsesItsConnectionAgain) {
  LoopbackServer server(answer(200, "ok"));
  HttpClient client;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.send({.url = server.url()}, {}));
  EXPECT_EQ(server.connection_count(), 1u);
}

TEST(HttpClient, ForgetsTheRequestBefore) {
  LoopbackServer server(answer(200));
  HttpClient client;
  ASSERT_TRUE(client.send(
      {.method = "PUT", .url = server.url(), .headers = {{"A", "b"}}, .body = bytes_of("body")},
      {}));
  ASSERT_TRUE(client.send({.url = server.url()}, {}));
  const ReceivedRequest request = server.requests().back();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(net::find_header(request.headers, "A"), std::nullopt);
}

TEST(HttpClient, DoesNotFollowRedirects) {
  LoopbackServer server(answer(302, "", "Location: http://127.0.0.1:1/\r\n"));
  HttpClient client;
  const auto response = client.send({.url = server.url()}, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpClient, SkipsInterimAnswers) {
  LoopbackServer server(testing::Reply{
      ReplyKind::Answer,
      "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
  HttpClient client;
  const auto response = client.send({.url = server.url()}, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(net::find_header(response->headers, "A"), std::nullopt);
}

TEST(HttpClient, ReportsAResetAsUnavailable) {
  LoopbackServer server(testing::Reply{ReplyKind::Reset});
  HttpClient client;
  const auto response = client.send({.url = server.url()}, {});
  EXPECT_EQ(code_of(response), ErrorCode::Unavailable);
  EXPECT_TRUE(response.error().retryable());
  EXPECT_EQ(response.error().domain, "curl");
}

TEST(HttpClient, ReportsARefusedConnectionAsUnavailable) {
  const testing::ClosedPort port;
  HttpClient client;
  EXPECT_EQ(code_of(client.send({.url = port.url()}, {})), ErrorCode::Unavailable);
}

TEST(HttpClient, ReportsATruncatedAnswerAsUnavailable) {
  LoopbackServer server(
      testing::Reply{ReplyKind::Cut, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"});
  HttpClient client;
  EXPECT_EQ(code_of(client.send({.url = server.url()}, {})), ErrorCode::Unavailable);
}

TEST(HttpClient, ReportsAnEmptyAnswerAsUnavailable) {
  LoopbackServer server(testing::Reply{ReplyKind::Cut});
  HttpClient client;
  EXPECT_EQ(code_of(client.send({.url = server.url()}, {})), ErrorCode::Unavailable);
}

TEST(HttpClient, ComesBackAfterTheServerClosedItsConnection) {
  LoopbackServer server(testing::Reply{ReplyKind::Cut, answer(200, "ok").bytes});
  HttpClient client;
  for (int i = 0; i < 3; ++i) {
    const auto response = client.send({.method = "PUT", .url = server.url()}, {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "ok");
  }
}

TEST(HttpClient, RefusesWhatIsNoHttp) {
  LoopbackServer server(testing::Reply{ReplyKind::Cut, "SSH-2.0-OpenSSH_9.2\r\n"});
  HttpClient client;
  EXPECT_FALSE(client.send({.url = server.url()}, {}));
}

TEST(HttpClient, BoundsTheAnswer) {
  LoopbackServer server(answer(200, std::string(1001, 'x')));
  HttpClient client;
  EXPECT_EQ(code_of(client.send({.url = server.url(), .max_response_bytes = 1000}, {})),
            ErrorCode::ResourceExhausted);
  const auto fits = client.send({.url = server.url(), .max_response_bytes = 1001}, {});
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->body.size(), 1001u);
}

TEST(HttpClient, BoundsTheHeaders) {
  std::string headers;
  for (int i = 0; i < 6; ++i) headers += "H: " + std::string(60'000, 'h') + "\r\n";
  LoopbackServer server(answer(200, "", headers));
  HttpClient client;
  EXPECT_EQ(code_of(client.send({.url = server.url()}, {})), ErrorCode::ResourceExhausted);
}

TEST(HttpClient, GivesUpOnASilentServer) {
  LoopbackServer server(testing::Reply{ReplyKind::Silence});
  HttpClient client;
  const auto response =
      client.send({.url = server.url(), .timeouts = {.total = std::chrono::milliseconds(20)}}, {});
  EXPECT_EQ(code_of(response), ErrorCode::Timeout);
  EXPECT_TRUE(response.error().retryable());
}

TEST(HttpClient, StopsWhileTheServerIsSilent) {
  LoopbackServer server(testing::Reply{ReplyKind::Silence});
  HttpClient client;
  std::stop_source stop;
  std::jthread stopper([&] {
    server.await_requests(1);
    stop.request_stop();
  });
  EXPECT_EQ(code_of(client.send({.url = server.url()}, stop.get_token())), ErrorCode::Cancelled);
}

TEST(HttpClient, DoesNotBeginWhenStopped) {
  LoopbackServer server(answer(200));
  HttpClient client;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(code_of(client.send({.url = server.url()}, stop.get_token())), ErrorCode::Cancelled);
  EXPECT_TRUE(server.requests().empty());
  EXPECT_TRUE(client.send({.url = server.url()}, {})) << "must work again afterwards";
}

TEST(HttpClient, ServesManyThreadsAtOnce) {
  LoopbackServer server([](const ReceivedRequest& request) { return answer(200, request.target); });
  HttpClient client({.max_idle = 2});
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
          const auto response = client.send({.url = server.url() + target}, {});
          if (response && response->body == target) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 80);
}

TEST(HttpClient, RefusesWhatWouldNotBeHttp) {
  LoopbackServer server(answer(200));
  HttpClient client;
  for (const HttpRequest& request : {
           HttpRequest{.url = "file:///etc/passwd"},
           HttpRequest{.url = "http://user:secret@h/"},
           HttpRequest{.method = "GET /x", .url = server.url()},
           HttpRequest{.method = "", .url = server.url()},
           HttpRequest{.url = server.url(), .headers = {{"A", "b\r\nC: d"}}},
           HttpRequest{.url = server.url(), .headers = {{"A:", "b"}}},
           HttpRequest{.url = server.url(), .headers = {{"", "b"}}},
       }) {
    EXPECT_EQ(code_of(client.send(request, {})), ErrorCode::InvalidArgument);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, KeepsQueriesOutOfMessages) {
  const testing::ClosedPort port;
  HttpClient client;
  const auto response = client.send({.url = port.url() + "/path?X-Amz-Signature=secret"}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(to_string(response.error()).find("secret"), std::string::npos);
  EXPECT_NE(response.error().message.find("GET " + port.url() + "/path"), std::string::npos);
}

TEST(CurlGlobal, MayBeHeldByTheApplication) {
  const auto global = CurlGlobal::create();
  EXPECT_TRUE(global);
}

}  // namespace
}  // namespace streamkit::client

#include <streamkit/http/server.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <latch>
#include <stdexcept>
#include <streamkit/http/open_file.hpp>
#include <thread>

#include "http/server_fixture.hpp"
#include "local/temporary_folder.hpp"

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;

using HttpServerTest = HttpServerFixture;

TEST_F(HttpServerTest, AnswersSeveralRequestsOnOneConnection) {
  RawClient client(start());
  EXPECT_EQ(client.exchange("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /a b=c ");
  EXPECT_EQ(client.exchange("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody").body,
            "POST /p  body");
  const auto last = client.exchange("GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(last.headers.at("connection"), "close");
  EXPECT_EQ(last.headers.count("date"), 1u);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, AnswersWithoutABody) {
  handler_.script = [](const WholeRequest&) { return Response{200, {}}; };
  RawClient client(start());
  for (int i = 0; i < 2; ++i) {
    const auto response = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.at("content-length"), "0");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  RawClient client(start());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive().body, "GET /1  ");
  EXPECT_EQ(client.receive().body, "GET /2  ");
}

TEST_F(HttpServerTest, ReadsChunkedBodiesAndAbsoluteTargets) {
  RawClient client(start());
  const auto response = client.exchange(
      "POST http://x/p?q HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(response.body, "POST /p q abcde");
}

TEST_F(HttpServerTest, AnswersWithoutABodyAndGoesOn) {
  handler_.script = [](const WholeRequest&) { return Response{.status = 200}; };
  RawClient client(start());
  for (int i = 0; i < 2; ++i) {
    const auto response =
        client.exchange("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.at("content-length"), "0");
  }
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAlone) {
  RawClient client(start());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-length"), "9");
  EXPECT_EQ(client.exchange("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /b  ");
}

TEST_F(HttpServerTest, SendsFilesAndPartsOfThem) {
  const local::TemporaryFolder folder;
  std::string content(8 << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  std::ofstream(folder.path() / "file", std::ios::binary) << content;
  const auto file = *OpenFile::open(folder.path() / "file");
  handler_.script = [&](const WholeRequest& request) {
    const std::uint64_t offset = request.path == "/part" ? 5'000'000 : 0;
    return Response{200, {}, FileSlice{file, offset, content.size() - offset}};
  };
  RawClient client(start());
  EXPECT_TRUE(client.exchange("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n").body == content);
  EXPECT_TRUE(client.exchange("GET /part HTTP/1.1\r\nHost: x\r\n\r\n").body ==
              content.substr(5'000'000));
  client.send("HEAD /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-length"), std::to_string(content.size()));
}

TEST_F(HttpServerTest, RefusesABodyOverTheLimitBeforeReadingIt) {
  const auto port = start();
  RawClient client(port);
  const auto response =
      client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(response.status, 413);
  EXPECT_NE(response.body.find("1000 bytes"), std::string::npos);

  RawClient full(port);
  EXPECT_EQ(full.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" +
                          std::string(1000, 'x'))
                .status,
            200);
}

TEST_F(HttpServerTest, RefusesAChunkedBodyOverTheLimit) {
  RawClient client(start());
  const auto response =
      client.exchange("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                      std::string(1001, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(response.status, 413);
}

TEST_F(HttpServerTest, TellsAClientThatAsksToGoOn) {
  RawClient client(start());
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 100);
  EXPECT_EQ(client.exchange("body").body, "PUT /  body");
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  const auto port = start();
  const auto status = [&](const std::string& bytes) {
    return RawClient(port).exchange(bytes).status;
  };
  EXPECT_EQ(status("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), 400);  // No Host.
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n"), 400);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
            431);
}

TEST_F(HttpServerTest, ClosesAClientThatSendsItsHeadTooSlowly) {
  RawClient client(start({.header_timeout = milliseconds(300)}));
  client.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, RejectsABodyThatStalls) {
  RawClient client(start({.stall_timeout = milliseconds(300)}));
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, ClosesAnIdleConnection) {
  const auto port = start({.idle_timeout = milliseconds(300)});
  bool responded = false;
  while (!responded) {
    RawClient client(port);
    // A busy machine may close the connection before the first request is there: then once more.
    responded = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200;
    EXPECT_TRUE(client.closed_by_server());
  }
}

TEST_F(HttpServerTest, ClosesAClientThatDoesNotReadItsAnswer) {
  std::latch asked(1);
  handler_.script = [&](const WholeRequest&) {
    asked.count_down();
    return text_response(200, "text/plain", std::string(64 << 20, 'x'));
  };
  RawClient client(start({.stall_timeout = milliseconds(300)}));
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.wait();
  wait_for_connections(0);
}

TEST_F(HttpServerTest, AsksAgainUntilThereIsAnAnswer) {
  std::atomic<int> calls = 0;
  handler_.script = [&](const WholeRequest&) -> Reply {
    if (++calls < 5) return AskAgain{milliseconds(1)};
    return text_response(200, "text/plain", "ready");
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "ready");
  EXPECT_EQ(calls, 5);
}

TEST_F(HttpServerTest, HeldRequestsDoNotStopOthers) {
  handler_.script = [](const WholeRequest& request) -> Reply {
    if (request.path == "/held") return AskAgain{milliseconds(50)};
    return text_response(200, "text/plain", "free");
  };
  const auto port = start({.threads = 1});
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 50; ++i) {
    held.push_back(std::make_unique<RawClient>(port));
    held.back()->send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_EQ(RawClient(port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
}

TEST_F(HttpServerTest, StopAnswersHeldRequests) {
  std::latch asked(1);
  std::once_flag first;
  handler_.script = [&](const WholeRequest&) -> Reply {
    std::call_once(first, [&] { asked.count_down(); });
    return AskAgain{milliseconds(5)};
  };
  RawClient client(start());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.wait();
  server_->stop();
  const auto response = client.receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.at("connection"), "close");
}

TEST_F(HttpServerTest, StopLetsRequestsInFlightFinish) {
  std::latch entered(1);
  std::latch leave(1);
  handler_.script = [&](const WholeRequest&) {
    entered.count_down();
    leave.wait();
    return text_response(200, "text/plain", "finished");
  };
  const auto port = start();
  RawClient idle(port);
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  std::jthread stopper([&] { server_->stop(); });
  EXPECT_TRUE(idle.closed_by_server());
  leave.count_down();
  EXPECT_EQ(client.receive().body, "finished");
  stopper.join();
  server_->stop();
}

TEST_F(HttpServerTest, StopEndsAfterItsGrace) {
  RawClient client(start({.stop_grace = milliseconds(100)}));
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  wait_for_connections(1);
  server_->stop();
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, FurtherClientsWaitAtTheConnectionLimit) {
  const auto port = start({.max_connections = 1});
  auto first = std::make_unique<RawClient>(port);
  EXPECT_EQ(first->exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient second(port);
  second.send("GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first->exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(server_->connections(), 1u);
  first.reset();
  EXPECT_EQ(second.receive().body, "GET /second  ");
}

TEST_F(HttpServerTest, AFailingHandlerIsAnInternalError) {
  handler_.script = [](const WholeRequest&) -> Reply { throw std::runtime_error("secret detail"); };
  RawClient client(start());
  const auto response = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_F(HttpServerTest, HeaderValuesCannotStartAnotherHeader) {
  handler_.script = [](const WholeRequest&) {
    return Response{204, {{"X-Name", "value\r\nX-Injected: yes"}}};
  };
  RawClient client(start());
  const auto response = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.headers.count("x-injected"), 0u);
  EXPECT_EQ(response.headers.count("content-length"), 0u);
}

TEST_F(HttpServerTest, SaysThatThePortIsTaken) {
  const auto port = start();
  const auto second = Server::start({.listen = "127.0.0.1:" + std::to_string(port)}, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
  EXPECT_NE(second.error().message.find(std::to_string(port)), std::string::npos);
}

TEST_F(HttpServerTest, ItsLocalUrlReachesItOnThisMachine) {
  const auto port = ":" + std::to_string(start());
  EXPECT_EQ(server_->local_url(), "http://127.0.0.1" + port);
  const auto any = Server::start({.listen = "0.0.0.0:0"}, handler_);
  ASSERT_TRUE(any) << any.error().message;
  EXPECT_EQ((*any)->local_url(), "http://127.0.0.1:" + std::to_string((*any)->port()));
  const auto any_v6 = Server::start({.listen = "[::]:0"}, handler_);
  if (!any_v6) GTEST_SKIP() << any_v6.error().message;
  EXPECT_EQ((*any_v6)->local_url(), "http://[::1]:" + std::to_string((*any_v6)->port()));
}

TEST(ListenAddressTest, AcceptsAddressesWithPorts) {
  EXPECT_EQ(parse_listen_address("localhost:80")->host, "127.0.0.1");
  EXPECT_TRUE(parse_listen_address("127.9.9.9:0")->loopback);
  EXPECT_FALSE(parse_listen_address("0.0.0.0:8000")->loopback);
  EXPECT_EQ(parse_listen_address("[::1]:8000")->port, 8000);
  EXPECT_TRUE(parse_listen_address("[::1]:8000")->loopback);
  EXPECT_FALSE(parse_listen_address("[::]:8000")->loopback);
  for (const auto* wrong : {"", "8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:80x", "::1:8000", "example.org:80", "[127.0.0.1]:80"}) {
    EXPECT_FALSE(parse_listen_address(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace streamkit::http

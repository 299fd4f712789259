#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include <streamkit/http/open_file.hpp>
#include "http/server_fixture.hpp"
#include "local/temporary_folder.hpp"

// Clients that hold a server up on purpose, and one that does not.

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of the slow ones, so that none is closed while a busy machine connects the others.
constexpr milliseconds kPatience{120'000};
// Of a normal client: far less than the slow ones have, and wide for a busy machine.
constexpr milliseconds kPrompt{20'000};

class HttpSlowClientsTest : public HttpServerFixture {
 protected:
  void SetUp() override {
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 5000);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  void TearDown() override {
    slow_.clear();
    server_.reset();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

  void connect(std::uint16_t port, std::size_t count, std::string_view first_bytes) {
    for (std::size_t i = 0; i < count; ++i) {
      slow_.push_back(std::make_unique<RawClient>(port));
      slow_.back()->send(first_bytes);
    }
    wait_for_connections(slow_.size());
  }

  static void expect_prompt(std::uint16_t port) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(RawClient(port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
    EXPECT_LT(steady_clock::now() - begin, kPrompt);
  }

  std::vector<std::unique_ptr<RawClient>> slow_;
  rlimit before_ = {};
};

TEST_F(HttpSlowClientsTest, TwoThousandIdleOnes) {
  const auto port =
      start({.idle_timeout = kPatience, .header_timeout = kPatience, .stall_timeout = kPatience});
  connect(port, 2000, "");
  expect_prompt(port);
}

TEST_F(HttpSlowClientsTest, HeadsByteByByte) {
  const auto port =
      start({.idle_timeout = kPatience, .header_timeout = kPatience, .stall_timeout = kPatience});
  connect(port, 200, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
  for (int round = 0; round < 5; ++round) {
    for (auto& client : slow_) client->send("x");
    expect_prompt(port);
  }
}

TEST_F(HttpSlowClientsTest, BodiesByteByByte) {
  handler_.admission = [](const RequestHead&) { return Admission{.max_body_bytes = 1 << 20}; };
  const auto port =
      start({.idle_timeout = kPatience, .header_timeout = kPatience, .stall_timeout = kPatience});
  connect(port, 200, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  for (int round = 0; round < 5; ++round) {
    for (auto& client : slow_) client->send("x");
    expect_prompt(port);
  }
}

TEST_F(HttpSlowClientsTest, OnesThatNeverRead) {
  const auto large = std::make_shared<const std::string>(16 << 20, 'x');
  handler_.script = [large](const WholeRequest& request) {
    if (request.path == "/large") return Response{200, {}, large};
    return text_response(200, "text/plain", "small");
  };
  const auto port =
      start({.idle_timeout = kPatience, .header_timeout = kPatience, .stall_timeout = kPatience});
  connect(port, 100, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  expect_prompt(port);
}

TEST_F(HttpSlowClientsTest, AreClosedInTimeWhateverTheySend) {
  const auto port = start({.header_timeout = milliseconds(500)});
  for (int i = 0; i < 20; ++i) {
    slow_.push_back(std::make_unique<RawClient>(port));
    slow_.back()->send("GET / HTTP/1.1\r\nHost: x\r\n");
  }
  // Connections are accepted in order: once this one got its response, the others are there.
  while (RawClient(port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status != 200) {
  }
  while (server_->connections() > 0) {
    for (auto& client : slow_) client->send("X: y\r\n");
    std::this_thread::yield();
  }
}

// A rate that no client of a test reaches, so that the tests do not depend on the machine's speed.
constexpr std::uint64_t kUnreachable = std::uint64_t{1} << 50;
// The length of a file that takes hours to send. It has holes only.
constexpr std::uint64_t kEndless = std::uint64_t{1} << 43;

TEST_F(HttpSlowClientsTest, BodiesBelowTheLeastRateAreRejected) {
  for (const bool blocking : {false, true}) {
    handler_.admission = [blocking](const RequestHead&) {
      return Admission{.max_body_bytes = 1 << 30, .blocking = blocking};
    };
    const auto port =
        start({.stall_timeout = milliseconds(400), .min_bytes_per_second = kUnreachable});
    RawClient client(port);
    client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
    // Never silent for longer than the stall timeout.
    std::jthread sender([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        client.send("x");
        std::this_thread::yield();
      }
    });
    const auto response = client.receive();
    EXPECT_EQ(response.status, 408);
    EXPECT_NE(response.body.find("bytes per second"), std::string::npos);
  }
}

TEST_F(HttpSlowClientsTest, ReadersBelowTheLeastRateAreDisconnected) {
  const local::TemporaryFolder folder;
  const auto path = folder.path() / "endless";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, kEndless);
  const auto file = OpenFile::open(path);
  ASSERT_TRUE(file);
  handler_.script = [&](const WholeRequest& request) {
    if (request.path == "/large") return Response{200, {}, FileSlice{*file, 0, kEndless}};
    return text_response(200, "text/plain", "small");
  };
  const auto port =
      start({.stall_timeout = milliseconds(200), .min_bytes_per_second = kUnreachable});
  RawClient slow(port);
  slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(slow.receive_head().status, 200);
  // Something moves until the server ends it, before the whole response was sent.
  std::size_t received = 0;
  for (std::size_t part = 1; part > 0; received += part) part = slow.receive_some(1024).size();
  EXPECT_LT(received, kEndless);
  EXPECT_EQ(RawClient(port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpSlowClientsTest, UploadsThatAnnounceMuchTakeNothingFromOthers) {
  handler_.admission = [](const RequestHead& head) {
    return Admission{.max_body_bytes = 64 << 20, .blocking = head.method == "PUT"};
  };
  const auto port = start(
      {.max_body_bytes_in_flight = 1 << 20, .stall_timeout = kPatience, .min_bytes_per_second = 0});
  connect(port, 64, "PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n");
  for (int round = 0; round < 5; ++round) {
    for (auto& client : slow_) client->send("x");
    expect_prompt(port);
    const auto begin = steady_clock::now();
    const std::string body(500'000, 'x');
    RawClient other(port);
    EXPECT_EQ(
        other.exchange("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + body).status,
        200);
    EXPECT_LT(steady_clock::now() - begin, kPrompt);
  }
}

std::string from(std::string_view client, std::string_view rest) {
  return "PUT / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + std::string(client) + "\r\n" +
         std::string(rest);
}

TEST_F(HttpSlowClientsTest, AClientHasItsShareOfBodies) {
  std::atomic<int> begun = 0;
  handler_.admission = [&](const RequestHead&) {
    ++begun;
    return Admission{.max_body_bytes = 1000};
  };
  const auto port = start({.max_connections_per_client = 0,
                           .trust_proxy = true,
                           .max_bodies = 6,
                           .max_bodies_per_client = 4,
                           .stall_timeout = kPatience});
  const std::string_view body = "Content-Length: 5\r\n\r\n";
  for (int i = 0; i < 4; ++i) {
    slow_.push_back(std::make_unique<RawClient>(port));
    slow_.back()->send(from("192.0.2.1", "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    EXPECT_EQ(slow_.back()->receive_head().status, 100);
  }
  const auto refused = RawClient(port).exchange(from("192.0.2.1", body) + "12345");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(RawClient(port).exchange(from("192.0.2.2", body) + "12345").status, 200);
  for (int i = 0; i < 2; ++i) {
    slow_.push_back(std::make_unique<RawClient>(port));
    slow_.back()->send(from("192.0.2.3", "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    EXPECT_EQ(slow_.back()->receive_head().status, 100);
  }
  EXPECT_EQ(RawClient(port).exchange(from("192.0.2.2", body) + "12345").status, 503);
  // A share is returned with the response.
  EXPECT_EQ(slow_.front()->exchange("12345").status, 200);
  EXPECT_EQ(RawClient(port).exchange(from("192.0.2.1", body) + "12345").status, 200);
}

TEST_F(HttpSlowClientsTest, ASenderHasItsShareOfMemory) {
  std::atomic<std::size_t> received = 0;
  handler_.on_body = [&](std::size_t bytes) { received += bytes; };
  handler_.admission = [](const RequestHead& head) {
    return Admission{.max_body_bytes = 1000, .sender = head.path.substr(1)};
  };
  const auto port = start({.max_body_bytes_per_sender = 100, .stall_timeout = kPatience});
  const std::string body = "HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n";
  RawClient first(port);
  first.send("PUT /a " + body + std::string(59, 'x'));
  while (received < 59) std::this_thread::yield();
  EXPECT_EQ(RawClient(port).exchange("PUT /a " + body + std::string(60, 'x')).status, 429);
  EXPECT_EQ(RawClient(port).exchange("PUT /b " + body + std::string(60, 'x')).status, 200);
  EXPECT_EQ(first.exchange("x").status, 200);
  EXPECT_EQ(RawClient(port).exchange("PUT /a " + body + std::string(60, 'x')).status, 200);
}

TEST_F(HttpSlowClientsTest, BehindAProxyTheRequestsOfAClientAreCounted) {
  handler_.script = [](const WholeRequest& request) -> Reply {
    if (request.path == "/held") return AskAgain{std::chrono::hours(1), "never"};
    return text_response(200, "text/plain", "small");
  };
  std::atomic<int> held = 0;
  handler_.admission = [&](const RequestHead& head) {
    if (head.path == "/held") ++held;
    return Admission{.max_body_bytes = 1000};
  };
  const auto port = start({.max_connections_per_client = 3, .trust_proxy = true});
  const auto get = [](std::string_view path, std::string_view client) {
    return "GET " + std::string(path) +
           " HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + std::string(client) + "\r\n\r\n";
  };
  for (int i = 0; i < 3; ++i) {
    slow_.push_back(std::make_unique<RawClient>(port));
    slow_.back()->send(get("/held", "192.0.2.1"));
  }
  while (held < 3) std::this_thread::yield();
  EXPECT_EQ(RawClient(port).exchange(get("/", "192.0.2.1")).status, 429);
  RawClient other(port);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(other.exchange(get("/", "192.0.2.2")).status, 200);
  slow_.clear();
  while (RawClient(port).exchange(get("/", "192.0.2.1")).status != 200) std::this_thread::yield();
}

}  // namespace
}  // namespace streamkit::http

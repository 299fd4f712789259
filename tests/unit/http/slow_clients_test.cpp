#include <sys/resource.h>

#include <algorithm>

#include "http/server_fixture.hpp"

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

}  // namespace
}  // namespace streamkit::http

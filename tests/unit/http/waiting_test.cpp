#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <set>

#include "http/server_fixture.hpp"

// Requests that wait: held by topic, event streams, and handlers that block.

namespace streamkit::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

class HttpWaitingTest : public HttpServerFixture {
 protected:
  // Holds requests until `ready_` and a wake-up.
  void hold_until_ready() {
    handler_.script = [this](const WholeRequest& request) -> Reply {
      if (request.path == "/free") return text_response(200, "text/plain", "free");
      const bool ready = ready_;
      ++asked_;
      if (ready) return text_response(200, "text/plain", "ready");
      return AskAgain{hours(1), "topic"};
    };
  }
  void wait_until_asked(int times) {
    while (asked_ < times) std::this_thread::yield();
  }

  std::atomic<bool> ready_ = false;
  std::atomic<int> asked_ = 0;
};

TEST_F(HttpWaitingTest, AHeldRequestIsAskedAgainWhenItsTopicIsWoken) {
  hold_until_ready();
  RawClient client(start());
  client.send(kGet);
  wait_until_asked(1);
  server_->wake("another topic");
  ready_ = true;
  server_->wake("topic");
  EXPECT_EQ(client.receive().body, "ready");
  EXPECT_EQ(asked_, 2);
}

TEST_F(HttpWaitingTest, WakingWhenNobodyWaitsDoesNothing) {
  hold_until_ready();
  RawClient client(start());
  for (int i = 0; i < 1000; ++i) server_->wake("topic");
  EXPECT_EQ(client.exchange("GET /free HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
}

TEST_F(HttpWaitingTest, AWakeUpBetweenAskingAndWaitingIsNotLost) {
  handler_.script = [this](const WholeRequest&) -> Reply {
    const bool ready = ready_;
    if (ready) return text_response(200, "text/plain", "ready");
    // What it looked at changes, and the topic is woken, before it is registered.
    ready_ = true;
    server_->wake("topic");
    return AskAgain{hours(1), "topic"};
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange(kGet).body, "ready");
}

TEST_F(HttpWaitingTest, NoWakeUpIsLostUnderManyOfThem) {
  std::atomic<int> published = 0;
  handler_.script = [&](const WholeRequest& request) -> Reply {
    const int seen = std::stoi(request.query);
    const int now = published;
    if (now > seen) return text_response(200, "text/plain", std::to_string(now));
    return AskAgain{hours(1), "topic"};
  };
  const auto port = start();
  std::vector<std::jthread> viewers;
  for (int viewer = 0; viewer < 4; ++viewer) {
    viewers.emplace_back([port] {
      RawClient client(port);
      int seen = 0;
      while (seen < 500) {
        const auto response =
            client.exchange("GET /?" + std::to_string(seen) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        ASSERT_EQ(response.status, 200);
        seen = std::stoi(response.body);
      }
    });
  }
  for (int i = 1; i <= 500; ++i) {
    published = i;
    server_->wake("topic");
    server_->wake("noise " + std::to_string(i % 7));
    std::this_thread::yield();
  }
}

TEST_F(HttpWaitingTest, HeldBlockingRequestsAreWokenToo) {
  hold_until_ready();
  handler_.admission = [](const RequestHead&) { return Admission{.blocking = true}; };
  RawClient client(start());
  client.send(kGet);
  wait_until_asked(1);
  ready_ = true;
  server_->wake("topic");
  EXPECT_EQ(client.receive().body, "ready");
}

TEST_F(HttpWaitingTest, AHeldRequestEndsWhenTheClientLeaves) {
  hold_until_ready();
  auto client = std::make_unique<RawClient>(start());
  client->send(kGet);
  wait_until_asked(1);
  client.reset();
  wait_for_connections(0);
}

TEST_F(HttpWaitingTest, AHeldBlockingRequestEndsWhenTheClientLeaves) {
  hold_until_ready();
  handler_.admission = [](const RequestHead&) { return Admission{.blocking = true}; };
  auto client = std::make_unique<RawClient>(start());
  client->send(kGet);
  wait_until_asked(1);
  client.reset();
  wait_for_connections(0);
}

TEST_F(HttpWaitingTest, TheNextRequestOfAHeldClientIsKept) {
  hold_until_ready();
  RawClient client(start());
  client.send(kGet);
  wait_until_asked(1);
  client.send("GET /free HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_until_asked(2);
  ready_ = true;
  server_->wake("topic");
  EXPECT_EQ(client.receive().body, "ready");
  EXPECT_EQ(client.receive().body, "free");
}

TEST_F(HttpWaitingTest, ManyWaitersAreWokenAtOnceAndOthersAreServedMeanwhile) {
  constexpr int kWaiters = 2000;
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t soft = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * kWaiters + 200);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  hold_until_ready();
  const auto port = start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kWaiters; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(kGet);
  }
  wait_until_asked(kWaiters);
  EXPECT_EQ(RawClient(port).exchange("GET /free HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
  ready_ = true;
  server_->wake("topic");
  EXPECT_EQ(RawClient(port).exchange("GET /free HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
  for (auto& client : clients) ASSERT_EQ(client->receive().body, "ready");
  EXPECT_EQ(asked_, 2 * kWaiters);
  clients.clear();
  limit.rlim_cur = soft;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// --- Event streams ---

class HttpEventsTest : public HttpServerFixture {
 protected:
  // Streams what publish() is given.
  void stream(milliseconds interval = hours(1)) {
    handler_.script = [this, interval](const WholeRequest& request) -> Reply {
      if (request.path == "/free") return text_response(200, "text/plain", "free");
      auto next = [this, sent = std::size_t{0}]() mutable -> std::optional<std::string> {
        std::lock_guard lock(mutex_);
        ++asked_;
        if (sent < pieces_.size()) return pieces_[sent++];
        if (ended_) return {};
        return std::string();
      };
      return Response{200,
                      {{"Content-Type", "text/event-stream"}},
                      EventStream{std::move(next), "topic", interval}};
    };
  }
  void publish(std::string piece) {
    {
      std::lock_guard lock(mutex_);
      pieces_.push_back(std::move(piece));
    }
    server_->wake("topic");
  }
  void end() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    server_->wake("topic");
  }

  std::mutex mutex_;
  // Guarded by mutex_
  std::vector<std::string> pieces_;
  bool ended_ = false;
  std::atomic<int> asked_ = 0;
};

TEST_F(HttpEventsTest, SendsEachPieceAsItComesAndKeepsTheConnection) {
  stream();
  RawClient client(start());
  client.send(kGet);
  const auto head = client.receive_head();
  EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(head.headers.count("content-length"), 0u);
  publish("data: one\n\n");
  EXPECT_EQ(client.receive_chunk(), "data: one\n\n");
  publish(std::string(100'000, 'x'));
  EXPECT_EQ(client.receive_chunk().size(), 100'000u);
  end();
  EXPECT_EQ(client.receive_chunk(), "");
  EXPECT_EQ(client.exchange("GET /free HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
}

TEST_F(HttpEventsTest, AreNotEndedByTheTransferTimeout) {
  stream(milliseconds(50));
  RawClient client(start({.transfer_timeout = milliseconds(50)}));
  client.send(kGet);
  EXPECT_EQ(client.receive_head().status, 200);
  while (asked_ < 20) std::this_thread::yield();  // A second, by the intervals.
  publish("still there");
  EXPECT_EQ(client.receive_chunk(), "still there");
}

TEST_F(HttpEventsTest, LastUntilTheConnectionClosesForHttp10) {
  stream(milliseconds(10));
  pieces_ = {"one", "two"};
  ended_ = true;
  RawClient client(start());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto head = client.receive_head();
  EXPECT_EQ(head.headers.count("transfer-encoding"), 0u);
  EXPECT_EQ(head.headers.at("connection"), "close");
  EXPECT_EQ(client.receive_until_close(), "onetwo");
}

TEST_F(HttpEventsTest, HeadGetsTheHeadAlone) {
  stream();
  RawClient client(start());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(client.exchange("GET /free HTTP/1.1\r\nHost: x\r\n\r\n").body, "free");
}

TEST_F(HttpEventsTest, EndWhenTheClientLeaves) {
  stream();
  auto client = std::make_unique<RawClient>(start());
  client->send(kGet);
  EXPECT_EQ(client->receive_head().status, 200);
  client.reset();
  wait_for_connections(0);
}

TEST_F(HttpEventsTest, KeepWhatTheClientSendsMeanwhileWithinBounds) {
  stream();
  const auto port = start();
  RawClient client(port);
  client.send(kGet);
  EXPECT_EQ(client.receive_head().status, 200);
  client.send("GET /free HTTP/1.1\r\nHost: x\r\n\r\n");
  publish("one");
  EXPECT_EQ(client.receive_chunk(), "one");
  end();
  EXPECT_EQ(client.receive_chunk(), "");
  EXPECT_EQ(client.receive().body, "free");

  ended_ = false;
  RawClient talkative(port);
  talkative.send(kGet);
  talkative.send(std::string(1 << 20, 'x'));
  wait_for_connections(1);
}

TEST_F(HttpEventsTest, AClientThatDoesNotReadIsClosed) {
  stream();
  RawClient client(start({.stall_timeout = milliseconds(300)}));
  client.send(kGet);
  EXPECT_EQ(client.receive_head().status, 200);
  publish(std::string(64 << 20, 'x'));
  wait_for_connections(0);
}

TEST_F(HttpEventsTest, EndAtStop) {
  stream();
  RawClient client(start());
  client.send(kGet);
  EXPECT_EQ(client.receive_head().status, 200);
  publish("one");
  EXPECT_EQ(client.receive_chunk(), "one");
  server_->stop();
  EXPECT_EQ(client.receive_chunk(), "");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpEventsTest, AFailingSourceEndsTheStream) {
  handler_.script = [](const WholeRequest&) {
    return Response{200, {}, EventStream{[]() -> std::optional<std::string> {
                      throw std::runtime_error("secret detail");
                    }}};
  };
  RawClient client(start());
  client.send(kGet);
  EXPECT_EQ(client.receive_head().status, 200);
  EXPECT_EQ(client.receive_chunk(), "");
}

// --- Handlers that block ---

class HttpBlockingTest : public HttpServerFixture {
 protected:
  // "/block" waits for `leave_`, on a thread for that.
  void block() {
    handler_.admission = [](const RequestHead& head) {
      return Admission{.max_body_bytes = 1000, .blocking = head.path == "/block"};
    };
    handler_.script = [this](const WholeRequest& request) {
      if (request.path != "/block") return text_response(200, "text/plain", "free");
      ++entered_;
      leave_.wait();
      return text_response(200, "text/plain", "done " + request.body);
    };
  }
  void wait_until_entered(int count) {
    while (entered_ < count) std::this_thread::yield();
  }

  std::atomic<int> entered_ = 0;
  std::latch leave_{1};
};

const std::string kBlock = "POST /block HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1";

TEST_F(HttpBlockingTest, DoesNotStopOthers) {
  block();
  const auto port = start({.threads = 1, .blocking_threads = 2});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(kBlock);
  }
  wait_until_entered(2);
  EXPECT_EQ(RawClient(port).exchange(kGet).body, "free");
  EXPECT_EQ(entered_, 2);
  leave_.count_down();
  for (auto& client : clients) EXPECT_EQ(client->receive().body, "done 1");
}

TEST_F(HttpBlockingTest, IsRefusedWhenTooManyWait) {
  block();
  const auto port = start({.blocking_threads = 1, .max_blocking_queue = 1});
  RawClient running(port);
  running.send(kBlock);
  wait_until_entered(1);
  // One waits and the others are refused, in whatever order they are read.
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(kBlock);
  }
  while (server_->connections() != 4) std::this_thread::yield();
  std::multiset<int> statuses;
  std::vector<std::jthread> readers;
  std::mutex mutex;
  std::latch refused(2);
  for (auto& client : clients) {
    readers.emplace_back([&] {
      const int status = client->receive().status;
      {
        std::lock_guard lock(mutex);
        statuses.insert(status);
      }
      if (status == 503) refused.count_down();
    });
  }
  refused.wait();
  leave_.count_down();
  readers.clear();
  EXPECT_EQ(running.receive().status, 200);
  EXPECT_EQ(statuses, (std::multiset<int>{200, 503, 503}));
}

TEST_F(HttpBlockingTest, IsFinishedByStop) {
  block();
  const auto port = start({.blocking_threads = 1});
  RawClient running(port);
  RawClient waiting(port);
  running.send(kBlock);
  wait_until_entered(1);
  waiting.send(kBlock);
  std::jthread stopper([&] { server_->stop(); });
  leave_.count_down();
  EXPECT_EQ(running.receive().body, "done 1");
}

TEST_F(HttpBlockingTest, IsWaitedForEvenBeyondTheGrace) {
  block();
  RawClient client(start({.stop_grace = milliseconds(10)}));
  client.send(kBlock);
  wait_until_entered(1);
  std::jthread stopper([&] { server_->stop(); });
  EXPECT_TRUE(client.closed_by_server());
  leave_.count_down();
}

}  // namespace
}  // namespace streamkit::http

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include "http/server_fixture.hpp"

// How a Server judges requests by their heads, and what becomes of their bodies.

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;

// What became of a body; outlives its exchange.
struct Taken {
  std::string text;
  std::size_t largest_part = 0;
  std::size_t reject_beyond = ~std::size_t{0};
  bool throws = false;
  /// What on_body() waits for.
  std::shared_ptr<std::latch> held = {};
};

class CollectingExchange final : public Exchange {
 public:
  explicit CollectingExchange(Taken& taken) : taken_(taken) {}
  std::optional<Response> on_body(std::span<const std::uint8_t> bytes) override {
    if (taken_.held) taken_.held->wait();
    taken_.largest_part = std::max(taken_.largest_part, bytes.size());
    taken_.text.append(bytes.begin(), bytes.end());
    if (taken_.text.size() > taken_.reject_beyond) return text_response(403, "text/plain", "no");
    if (taken_.throws) throw std::runtime_error("secret detail");
    return {};
  }
  Reply respond() override {
    return text_response(200, "text/plain", std::to_string(taken_.text.size()) + " received");
  }

 private:
  Taken& taken_;
};

class HttpBodyTest : public HttpServerFixture {
 protected:
  void receive_bodies(std::uint64_t limit_bytes) {
    handler_.admission = [this, limit_bytes](const RequestHead&) {
      return Admission{std::make_unique<CollectingExchange>(taken_), limit_bytes, blocking_};
    };
  }

  bool blocking_ = false;
  Taken taken_;
};

std::string put(std::size_t bytes) {
  return "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

TEST_F(HttpBodyTest, JudgesTheHeadBeforeTheBodyIsThere) {
  handler_.admission = [](const RequestHead& head) -> AdmissionResult {
    EXPECT_EQ(head.path, "/x");
    EXPECT_EQ(head.header("content-length"), "900");
    return text_response(403, "text/plain", "not you");
  };
  handler_.script = [](const WholeRequest&) -> Reply {
    throw std::runtime_error("must not be asked");
  };
  RawClient client(start());
  const auto response = client.exchange(put(900));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.at("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpBodyTest, ARefusalIsReadableByAClientThatIsStillSending) {
  handler_.admission = [](const RequestHead&) {
    return text_response(403, "text/plain", "not you");
  };
  RawClient client(start());
  client.send(put(8 << 20));
  client.send(std::string(8 << 20, 'x'));
  EXPECT_EQ(client.receive().status, 403);
}

TEST_F(HttpBodyTest, ARefusalWithoutABodyKeepsTheConnection) {
  handler_.admission = [](const RequestHead& head) -> AdmissionResult {
    if (head.path == "/secret") return text_response(403, "text/plain", "not you");
    return Admission{};
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange("GET /secret HTTP/1.1\r\nHost: x\r\n\r\n").status, 403);
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpBodyTest, ARefusedClientIsNotToldToContinue) {
  handler_.admission = [](const RequestHead&) {
    return text_response(403, "text/plain", "not you");
  };
  RawClient client(start());
  EXPECT_EQ(client
                .exchange("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                          "Content-Length: 4\r\n\r\n")
                .status,
            403);
}

TEST_F(HttpBodyTest, AnEmptyBodyNeedsNoContinue) {
  RawClient client(start());
  EXPECT_EQ(client
                .exchange("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                          "Content-Length: 0\r\n\r\n")
                .status,
            200);
}

TEST_F(HttpBodyTest, AFailingAdmissionIsAnInternalError) {
  handler_.admission = [](const RequestHead&) -> AdmissionResult {
    throw std::runtime_error("secret detail");
  };
  RawClient client(start());
  const auto response = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_F(HttpBodyTest, ExchangesThatBlockTakeLongBodiesInTurns) {
  blocking_ = true;
  receive_bodies(32 << 20);
  RawClient client(start());
  const std::string body(20'000'000, 'b');
  client.send(put(body.size()));
  client.send(body);
  EXPECT_EQ(client.receive().body, "20000000 received");
  taken_.text.clear();
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "3 received");
  taken_.reject_beyond = 3;
  EXPECT_EQ(client.exchange(put(100) + "abcd").status, 403);
}

TEST_F(HttpBodyTest, AnExchangeThatBlocksHoldsUpNobodyElse) {
  blocking_ = true;
  taken_.held = std::make_shared<std::latch>(1);
  receive_bodies(1000);
  const auto port = start({.threads = 1});
  RawClient uploading(port);
  uploading.send(put(3) + "abc");
  RawClient other(port);
  EXPECT_EQ(other.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  taken_.held->count_down();
  EXPECT_EQ(uploading.receive().body, "3 received");
}

TEST_F(HttpBodyTest, ExchangesTakeBodiesInParts) {
  receive_bodies(16 << 20);
  RawClient client(start());
  std::string body(5'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  client.send(put(body.size()));
  client.send(body);
  EXPECT_EQ(client.receive().body, "5000000 received");
  EXPECT_TRUE(taken_.text == body);
  // What a loop reads at once, and a head before it.
  EXPECT_LE(taken_.largest_part, 256u * 1024 + 16u * 1024);
  // The next request on the connection has none of it.
  taken_.text.clear();
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "3 received");
}

TEST_F(HttpBodyTest, ExchangesTakeChunkedBodies) {
  receive_bodies(1000);
  RawClient client(start());
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const auto* bytes :
       {"3", "\r", "\nab", "c\r\n", "2;name=value\r\nde", "\r\n0\r\nX: y\r", "\n\r\n"}) {
    client.send(bytes);
  }
  EXPECT_EQ(client.receive().body, "5 received");
  EXPECT_EQ(taken_.text, "abcde");
}

TEST_F(HttpBodyTest, TheLimitHoldsForExchangesToo) {
  receive_bodies(1000);
  const auto port = start();
  EXPECT_EQ(RawClient(port).exchange(put(1001)).status, 413);
  EXPECT_EQ(RawClient(port)
                .exchange("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                          std::string(1001, 'x') + "\r\n0\r\n\r\n")
                .status,
            413);
}

TEST_F(HttpBodyTest, AnExchangesResponseEndsTheRequest) {
  receive_bodies(1 << 28);
  taken_.reject_beyond = 100;
  RawClient client(start());
  client.send(put(1 << 28));
  client.send(std::string(1000, 'x'));
  const auto response = client.receive();
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.at("connection"), "close");
}

TEST_F(HttpBodyTest, AFailingExchangeIsAnInternalError) {
  receive_bodies(1000);
  taken_.throws = true;
  RawClient client(start());
  EXPECT_EQ(client.exchange(put(3) + "abc").status, 500);
}

// Notes on which threads it is used and destroyed.
class ThreadNotingExchange final : public Exchange {
 public:
  struct Threads {
    std::thread::id respond;
    std::thread::id body;
    std::promise<std::thread::id> destroyed;
  };
  explicit ThreadNotingExchange(Threads& threads) : threads_(threads) {}
  ~ThreadNotingExchange() override { threads_.destroyed.set_value(std::this_thread::get_id()); }
  std::optional<Response> on_body(std::span<const std::uint8_t>) override {
    threads_.body = std::this_thread::get_id();
    return {};
  }
  Reply respond() override {
    threads_.respond = std::this_thread::get_id();
    return text_response(200, "text/plain", "done");
  }

 private:
  Threads& threads_;
};

class HttpExchangeLifetimeTest : public HttpServerFixture {
 protected:
  // Admits each request with an exchange that notes its threads.
  void note_threads(bool blocking) {
    handler_.admission = [this, blocking](const RequestHead&) {
      loop_ = std::this_thread::get_id();
      return Admission{std::make_unique<ThreadNotingExchange>(threads_), 1000, blocking};
    };
  }
  std::thread::id loop_;
  ThreadNotingExchange::Threads threads_;
};

TEST_F(HttpExchangeLifetimeTest, OneThatBlocksIsDestroyedWhereItResponded) {
  note_threads(true);
  RawClient client(start());
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "done");
  EXPECT_EQ(threads_.destroyed.get_future().get(), threads_.respond);
  EXPECT_NE(threads_.respond, loop_);
  EXPECT_NE(threads_.body, loop_);
}

TEST_F(HttpExchangeLifetimeTest, OneThatBlocksIsNotDestroyedOnALoopWhenItsClientLeaves) {
  note_threads(true);
  auto client = std::make_unique<RawClient>(start());
  client->send(put(4) + "abc");
  wait_for_connections(1);
  client.reset();
  EXPECT_NE(threads_.destroyed.get_future().get(), loop_);
}

TEST_F(HttpExchangeLifetimeTest, OneThatDoesNotBlockStaysOnItsLoop) {
  note_threads(false);
  RawClient client(start());
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "done");
  EXPECT_EQ(threads_.destroyed.get_future().get(), loop_);
  EXPECT_EQ(threads_.respond, loop_);
  EXPECT_EQ(threads_.body, loop_);
}

TEST_F(HttpExchangeLifetimeTest, IsOverBeforeTheResponseIsSent) {
  note_threads(false);
  RawClient client(start());
  client.send(put(3) + "abc");
  EXPECT_EQ(client.receive_head().status, 200);
  auto destroyed = threads_.destroyed.get_future();
  EXPECT_EQ(destroyed.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

TEST_F(HttpBodyTest, AResponseToTheHeadNeedsNoExchange) {
  handler_.admission = [](const RequestHead& head) {
    return respond_to_head(head, [] { return text_response(200, "text/plain", "now"); });
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "now");
  // The ignored body is read, so that the connection goes on.
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "now");
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "now");
  EXPECT_EQ(client.exchange(put(kMaxIgnoredBodyBytes + 1)).status, 413);
}

TEST_F(HttpBodyTest, CollectsTheBodyForTheResponse) {
  handler_.admission = [](const RequestHead& head) {
    return respond_to_body(10, [&head](std::string_view body) {
      return text_response(200, "text/plain", head.path + " " + std::string(body));
    });
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange(put(10) + "0123456789").body, "/x 0123456789");
  EXPECT_EQ(client.exchange("GET /y HTTP/1.1\r\nHost: x\r\n\r\n").body, "/y ");
  EXPECT_EQ(client.exchange(put(11)).status, 413);
}

TEST_F(HttpBodyTest, ABodyTakesFromTheBudgetWhatIsInMemory) {
  std::atomic<std::size_t> received = 0;
  handler_.admission = [](const RequestHead&) { return Admission{.max_body_bytes = 1000}; };
  handler_.on_body = [&](std::size_t bytes) { received += bytes; };
  const auto port = start({.max_body_bytes_in_flight = 1000});
  RawClient first(port);
  first.send(put(900));  // What it announces takes nothing.
  EXPECT_EQ(RawClient(port).exchange(put(900) + std::string(900, 'x')).status, 200);
  first.send(std::string(600, 'x'));
  while (received < 1500) std::this_thread::yield();
  const auto refused = RawClient(port).exchange(put(500) + std::string(500, 'x'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("try again"), std::string::npos);
  EXPECT_EQ(RawClient(port).exchange(put(400) + std::string(400, 'x')).status, 200);
  EXPECT_EQ(first.exchange(std::string(300, 'x')).status, 200);
  // Given back before the next request of the same connection is read.
  EXPECT_EQ(first.exchange(put(1000) + std::string(1000, 'x')).status, 200);
}

TEST_F(HttpBodyTest, ChunkedBodiesTakeFromTheBudgetAsTheyCome) {
  const auto port = start({.max_body_bytes_in_flight = 100});
  RawClient client(port);
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" +
              std::string(50, 'x') + "\r\n33\r\n" + std::string(51, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 503);
}

TEST_F(HttpBodyTest, ClosesAClientThatSendsItsBodyByteByByte) {
  receive_bodies(1 << 28);
  std::latch admitted(1);
  handler_.admission = [&, admit = handler_.admission](const RequestHead& head) {
    admitted.count_down();
    return admit(head);
  };
  RawClient client(start({.transfer_timeout = milliseconds(400)}));
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  admitted.wait();
  // Never silent for longer than the stall timeout, but never done either.
  while (server_->connections() > 0) {
    client.send("1;x\r\n");
    std::this_thread::yield();
    client.send("x\r\n");
  }
}

}  // namespace
}  // namespace streamkit::http

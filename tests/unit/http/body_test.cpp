#include <latch>
#include <stdexcept>

#include "http/server_fixture.hpp"

// How an HttpServer judges requests by their heads, and what becomes of their bodies.

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;

class CollectingReceiver final : public BodyReceiver {
 public:
  std::optional<Response> take(std::string_view piece) override {
    if (held) held->wait();
    largest_piece = std::max(largest_piece, piece.size());
    text += piece;
    if (text.size() > refuse_beyond) return error_response(403, "enough", "no more of this");
    if (throws) throw std::runtime_error("secret detail");
    return {};
  }

  std::string text;
  std::size_t largest_piece = 0;
  std::size_t refuse_beyond = ~std::size_t{0};
  bool throws = false;
  /// What take() waits for.
  std::shared_ptr<std::latch> held = {};
};

class HttpBodyTest : public HttpServerFixture {
 protected:
  void receive_bodies(std::uint64_t limit_bytes) {
    handler_.admission = [this, limit_bytes](const Request&) {
      return Admission{
          .body_limit_bytes = limit_bytes, .receiver = receiver_, .blocking = blocking_};
    };
    handler_.script = [](const Request& request) {
      auto& receiver = dynamic_cast<CollectingReceiver&>(*request.receiver);
      return text_response(200, "text/plain",
                           std::to_string(request.body.size()) + " in the request, " +
                               std::to_string(receiver.text.size()) + " received");
    };
  }

  bool blocking_ = false;
  const std::shared_ptr<CollectingReceiver> receiver_ = std::make_shared<CollectingReceiver>();
};

std::string put(std::size_t bytes) {
  return "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

TEST_F(HttpBodyTest, JudgesTheHeadBeforeTheBodyIsThere) {
  handler_.admission = [](const Request& head) -> std::variant<Admission, Response> {
    EXPECT_EQ(head.path, "/x");
    EXPECT_EQ(head.header("content-length"), "900");
    return error_response(403, "forbidden", "not you");
  };
  handler_.script = [](const Request&) -> Reply { throw std::runtime_error("must not be asked"); };
  RawClient client(start());
  const auto response = client.exchange(put(900));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.at("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpBodyTest, ARefusalIsReadableByAClientThatIsStillSending) {
  handler_.admission = [](const Request&) { return error_response(403, "forbidden", "not you"); };
  RawClient client(start());
  client.send(put(8 << 20));
  client.send(std::string(8 << 20, 'x'));
  EXPECT_EQ(client.receive().status, 403);
}

TEST_F(HttpBodyTest, ARefusalWithoutABodyKeepsTheConnection) {
  handler_.admission = [](const Request& head) -> std::variant<Admission, Response> {
    if (head.path == "/secret") return error_response(403, "forbidden", "not you");
    return Admission{};
  };
  RawClient client(start());
  EXPECT_EQ(client.exchange("GET /secret HTTP/1.1\r\nHost: x\r\n\r\n").status, 403);
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpBodyTest, ARefusedClientIsNotToldToContinue) {
  handler_.admission = [](const Request&) { return error_response(403, "forbidden", "not you"); };
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
  handler_.admission = [](const Request&) -> std::variant<Admission, Response> {
    throw std::runtime_error("secret detail");
  };
  RawClient client(start());
  const auto response = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_F(HttpBodyTest, ReceiversThatBlockTakeLongBodiesInTurns) {
  blocking_ = true;
  receive_bodies(32 << 20);
  RawClient client(start());
  const std::string body(20'000'000, 'b');
  client.send(put(body.size()));
  client.send(body);
  EXPECT_EQ(client.receive().body, "0 in the request, 20000000 received");
  receiver_->text.clear();
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "0 in the request, 3 received");
  receiver_->refuse_beyond = 3;
  EXPECT_EQ(client.exchange(put(100) + "abcd").status, 403);
}

TEST_F(HttpBodyTest, AReceiverThatBlocksHoldsUpNobodyElse) {
  blocking_ = true;
  receiver_->held = std::make_shared<std::latch>(1);
  receive_bodies(1000);
  const auto port = start({.threads = 1});
  RawClient uploading(port);
  uploading.send(put(3) + "abc");
  RawClient other(port);
  EXPECT_EQ(other.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  receiver_->held->count_down();
  EXPECT_EQ(uploading.receive().body, "0 in the request, 3 received");
}

TEST_F(HttpBodyTest, ReceiversTakeBodiesPieceByPiece) {
  receive_bodies(16 << 20);
  RawClient client(start());
  std::string body(5'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  client.send(put(body.size()));
  client.send(body);
  EXPECT_EQ(client.receive().body, "0 in the request, 5000000 received");
  EXPECT_TRUE(receiver_->text == body);
  // What a loop reads at once, and a head before it.
  EXPECT_LE(receiver_->largest_piece, 256u * 1024 + 16u * 1024);
  // The next request on the connection has none of it.
  receiver_->text.clear();
  EXPECT_EQ(client.exchange(put(3) + "abc").body, "0 in the request, 3 received");
}

TEST_F(HttpBodyTest, ReceiversTakeChunkedBodies) {
  receive_bodies(1000);
  RawClient client(start());
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const auto* bytes :
       {"3", "\r", "\nab", "c\r\n", "2;name=value\r\nde", "\r\n0\r\nX: y\r", "\n\r\n"}) {
    client.send(bytes);
  }
  EXPECT_EQ(client.receive().body, "0 in the request, 5 received");
  EXPECT_EQ(receiver_->text, "abcde");
}

TEST_F(HttpBodyTest, TheLimitHoldsForReceiversToo) {
  receive_bodies(1000);
  const auto port = start();
  EXPECT_EQ(RawClient(port).exchange(put(1001)).status, 413);
  EXPECT_EQ(RawClient(port)
                .exchange("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                          std::string(1001, 'x') + "\r\n0\r\n\r\n")
                .status,
            413);
}

TEST_F(HttpBodyTest, AReceiversAnswerEndsTheRequest) {
  receive_bodies(1 << 28);
  receiver_->refuse_beyond = 100;
  RawClient client(start());
  client.send(put(1 << 28));
  client.send(std::string(1000, 'x'));
  const auto response = client.receive();
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.at("connection"), "close");
}

TEST_F(HttpBodyTest, AFailingReceiverIsAnInternalError) {
  receive_bodies(1000);
  receiver_->throws = true;
  RawClient client(start());
  EXPECT_EQ(client.exchange(put(3) + "abc").status, 500);
}

TEST_F(HttpBodyTest, ABodyBeyondTheBudgetOfAllIsRefusedUntilThereIsRoom) {
  handler_.admission = [](const Request&) { return Admission{.body_limit_bytes = 1000}; };
  const auto port = start({.max_body_bytes_in_flight = 1000});
  RawClient first(port);
  first.send("PUT /1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 600\r\n\r\n");
  EXPECT_EQ(first.receive_head().status, 100);  // Its share is taken.
  const auto refused = RawClient(port).exchange(put(500));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("try again"), std::string::npos);
  EXPECT_EQ(RawClient(port).exchange(put(400) + std::string(400, 'x')).status, 200);
  EXPECT_EQ(first.exchange(std::string(600, 'x')).status, 200);
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
  RawClient client(start({.transfer_timeout = milliseconds(400)}));
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  wait_for_connections(1);
  // Never silent for longer than the stall timeout, but never done either.
  while (server_->connections() > 0) {
    client.send("1;x\r\n");
    std::this_thread::yield();
    client.send("x\r\n");
  }
}

}  // namespace
}  // namespace streamkit::http

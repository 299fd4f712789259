// Requests whose last byte is held back.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <streamkit/client/http_client.hpp>
#include <streamkit/core/packet.hpp>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using namespace std::chrono_literals;
using testing::answer;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::Reply;
using testing::ReplyKind;

// A PUT that is under way on a thread of its own.
class HeldPut {
 public:
  HeldPut(HttpClient& client, const std::string& url, std::size_t body_bytes,
          HttpTimeouts timeouts = {})
      : body_(body_bytes, 'x'), response_(std::async(std::launch::async, [=, this, &client] {
          return client.send(
              {.method = "PUT",
               .url = url,
               .body = {reinterpret_cast<const std::uint8_t*>(body_.data()), body_.size()},
               .timeouts = timeouts,
               .on_sent = [this](std::uint64_t sent) { note_sent(sent); },
               .hold_last_byte = release_},
              stop_.get_token());
        })) {}

  void release() { release_.release(); }
  void stop() { stop_.request_stop(); }
  // Until all but the last byte have arrived.
  void await_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return sent_ + 1 >= body_.size(); });
    EXPECT_EQ(sent_ + 1, body_.size());
  }
  bool ends_within(std::chrono::milliseconds time) {
    return response_.wait_for(time) == std::future_status::ready;
  }
  Result<HttpResponse> response() { return response_.get(); }
  const std::string& body() const { return body_; }

 private:
  void note_sent(std::uint64_t sent) {
    {
      std::lock_guard lock(mutex_);
      sent_ = sent;
    }
    changed_.notify_all();
  }

  const std::string body_;
  ReleaseSignal release_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t sent_ = 0;  // guarded by mutex_
  std::future<Result<HttpResponse>> response_;
};

TEST(HeldBody, TheLastByteLeavesAfterTheRelease) {
  for (const std::size_t size : {std::size_t{2}, std::size_t{1000}, std::size_t{3'000'000}}) {
    LoopbackServer server(answer(200, "stored"));
    HttpClient client;
    HeldPut put(client, server.url(), size);
    put.await_held();
    EXPECT_TRUE(server.requests().empty());
    put.release();
    const auto response = put.response();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "stored");
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_TRUE(server.requests()[0].body == put.body());
    EXPECT_EQ(net::find_header(server.requests()[0].headers, "Content-Length"),
              std::to_string(size));
    EXPECT_EQ(net::find_header(server.requests()[0].headers, "Expect"), std::nullopt);
  }
}

TEST(HeldBody, OneByteIsHeldToo) {
  LoopbackServer server(answer(200));
  HttpClient client;
  HeldPut put(client, server.url(), 1);
  put.release();
  ASSERT_TRUE(put.response());
  EXPECT_EQ(server.requests().at(0).body, "x");
}

TEST(HeldBody, ABodyThatIsReleasedBeforeIsSentAsAnyOther) {
  LoopbackServer server(answer(200));
  HttpClient client;
  const ReleaseSignal release;
  release.release();
  const Bytes body{'a', 'b', 'c'};
  ASSERT_TRUE(client.send(
      {.method = "PUT", .url = server.url(), .body = body, .hold_last_byte = release}, {}));
  EXPECT_EQ(server.requests().at(0).body, "abc");
}

TEST(HeldBody, AStopEndsTheWait) {
  LoopbackServer server(answer(200));
  HttpClient client;
  HeldPut put(client, server.url(), 1000);
  put.await_held();
  put.stop();
  const auto response = put.response();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Cancelled);
  EXPECT_TRUE(server.requests().empty());
  // The connection, which carries half a request, is not used again.
  ASSERT_TRUE(client.send({.url = server.url()}, {}));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HeldBody, AnEarlyResponseIsReturned) {
  LoopbackServer server([](const ReceivedRequest&) { return answer(200); },
                        [](const ReceivedRequest& request) -> std::optional<Reply> {
                          if (request.method == "PUT") return answer(503, "busy");
                          return {};
                        });
  HttpClient client;
  for (int i = 0; i < 20; ++i) {
    HeldPut put(client, server.url(), 1000);
    const auto response = put.response();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 503);
    EXPECT_EQ(response->body, "busy");
    ASSERT_TRUE(client.send({.url = server.url()}, {}));
  }
}

TEST(HeldBody, AConnectionThatEndsIsNoticedAtTheReleaseAtTheLatest) {
  std::promise<void> ended;
  LoopbackServer server([](const ReceivedRequest&) { return answer(200); },
                        [&](const ReceivedRequest&) {
                          ended.set_value();
                          return Reply{ReplyKind::Cut};
                        });
  HttpClient client;
  HeldPut put(client, server.url(), 1000);
  ended.get_future().wait();
  put.release();
  const auto response = put.response();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Unavailable);
}

TEST(HeldBody, TheWaitIsNoStall) {
  LoopbackServer server(answer(200));
  HttpClient client;
  HeldPut put(client, server.url(), 1000, {.stall = 1s});
  put.await_held();
  EXPECT_FALSE(put.ends_within(3s));
  put.release();
  EXPECT_TRUE(put.response());
}

TEST(HeldBody, AStallAfterTheReleaseIsNoticed) {
  LoopbackServer server(Reply{ReplyKind::Silence});
  HttpClient client;
  HeldPut put(client, server.url(), 1000, {.stall = 1s});
  put.await_held();
  EXPECT_FALSE(put.ends_within(2s));
  put.release();
  const auto response = put.response();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Timeout);
}

TEST(HeldBody, TheBodyIsReadAgainForANewConnection) {
  // The kept connection is closed without a word; libcurl sends the request on another one.
  LoopbackServer server(Reply{ReplyKind::Cut, answer(200, "ok").bytes});
  HttpClient client;
  for (int i = 0; i < 3; ++i) {
    HeldPut put(client, server.url(), 100'000);
    put.release();
    const auto response = put.response();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_TRUE(server.requests().back().body == put.body());
  }
}

TEST(HeldBody, NeedsABody) {
  HttpClient client;
  const auto response = client.send(
      {.method = "PUT", .url = "http://localhost", .hold_last_byte = ReleaseSignal()}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::client

#include <streamkit/http/stream_listener.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "http/raw_client.hpp"
#include "http/tls_client.hpp"
#include "local/temporary_folder.hpp"

namespace streamkit::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Next = StreamReply::Next;

StreamReply reply(std::string_view text, Next next = Next::Read) {
  return {{text.begin(), text.end()}, next};
}

// What the handlers of a test do, and what happened to them.
struct Script {
  std::function<StreamReply(std::string_view)> on_bytes = [](std::string_view text) {
    return reply(text);
  };
  std::function<StreamReply()> on_wake = [] { return StreamReply{}; };
  std::function<StreamReply()> on_quiet = [] { return StreamReply{}; };

  std::atomic<bool> is_set_up = true;

  void closed(StreamEnd end) {
    std::lock_guard lock(mutex);
    ends.push_back(end);
    changed.notify_all();
  }
  bool ended() {
    std::lock_guard lock(mutex);
    return !ends.empty();
  }
  std::optional<StreamEnd> wait_for_end(std::size_t number = 1) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, seconds(20), [&] { return ends.size() >= number; })) return {};
    return ends[number - 1];
  }
  void connected(std::shared_ptr<StreamConnection> connection) {
    std::lock_guard lock(mutex);
    connections.push_back(std::move(connection));
    changed.notify_all();
  }
  std::shared_ptr<StreamConnection> wait_for_connection() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, seconds(20), [&] { return !connections.empty(); });
    return connections.empty() ? nullptr : connections.front();
  }

  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex
  std::vector<StreamEnd> ends;
  std::vector<std::shared_ptr<StreamConnection>> connections;
};

class ScriptedHandler final : public StreamHandler {
 public:
  explicit ScriptedHandler(Script& script) : script_(script) {}
  StreamReply on_bytes(std::span<const std::uint8_t> bytes) override {
    return script_.on_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  StreamReply on_wake() override { return script_.on_wake(); }
  StreamReply on_quiet() override { return script_.on_quiet(); }
  bool is_set_up() const noexcept override { return script_.is_set_up; }
  void on_closed(StreamEnd end) override { script_.closed(end); }

 private:
  Script& script_;
};

class StreamListenerTest : public testing::Test {
 protected:
  std::uint16_t start(StreamListenerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    auto listener = StreamListener::start(options, [this](auto connection) {
      script_.connected(std::move(connection));
      return std::make_unique<ScriptedHandler>(script_);
    });
    EXPECT_TRUE(listener) << to_string(listener.error());
    listener_ = *std::move(listener);
    return listener_->port();
  }

  Script script_;
  std::unique_ptr<StreamListener> listener_;
};

TEST_F(StreamListenerTest, PassesBytesBothWays) {
  RawClient client(start());
  client.send("hello");
  EXPECT_EQ(client.receive_some(5), "hello");
  EXPECT_EQ(script_.wait_for_connection()->remote_address(), "127.0.0.1");
  EXPECT_EQ(listener_->connections(), 1);
}

TEST_F(StreamListenerTest, ReportsThatThePeerHasGone) {
  { RawClient client(start()); }
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::ClosedByPeer);
}

TEST_F(StreamListenerTest, SendsAllBeforeItCloses) {
  const std::string large(500'000, 'x');
  script_.on_bytes = [&](std::string_view) { return reply(large, Next::Close); };
  RawClient client(start());
  client.send("go");
  // Bytes that nobody reads must not reset the connection before the response has arrived.
  client.send(std::string(100'000, 'y'));
  EXPECT_EQ(client.receive_until_close().size(), large.size());
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::ClosedByHandler);
}

TEST_F(StreamListenerTest, WakesAHandlerFromAnotherThread) {
  script_.on_wake = [] { return reply("woken", Next::Close); };
  RawClient client(start());
  const auto connection = script_.wait_for_connection();
  connection->wake();
  EXPECT_EQ(client.receive_until_close(), "woken");
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::ClosedByHandler);
  listener_.reset();
  connection->wake();
}

TEST_F(StreamListenerTest, ReadsNothingWhilePaused) {
  std::atomic<std::size_t> received = 0;
  std::atomic<bool> paused = true;
  script_.on_bytes = [&](std::string_view text) {
    received += text.size();
    return reply(received == 1000 ? "all" : "", paused ? Next::Pause : Next::Read);
  };
  script_.on_wake = [&] {
    paused = false;
    return reply("");
  };
  const auto port = start({.idle_timeout = milliseconds(500)});
  RawClient client(port);
  const auto connection = script_.wait_for_connection();
  client.send("1");
  while (received < 1) std::this_thread::yield();
  client.send(std::string(999, '2'));
  // The time of a pause is not idle time: another connection, which is idle, ends first.
  RawClient idle(port);
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::Idle);
  EXPECT_EQ(received, 1);
  connection->wake();
  EXPECT_EQ(client.receive_some(3), "all");
}

TEST_F(StreamListenerTest, ASilentPeerIsAskedAndThenDisconnected) {
  std::atomic<int> asked = 0;
  script_.on_quiet = [&] {
    ++asked;
    return reply("?");
  };
  RawClient client(start({.idle_timeout = milliseconds(2000)}));
  EXPECT_EQ(client.receive_some(1), "?");
  client.send("!");
  EXPECT_EQ(client.receive_some(1), "!");
  EXPECT_EQ(client.receive_until_close(), "?");
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::Idle);
  EXPECT_EQ(asked, 2);
}

TEST_F(StreamListenerTest, APeerThatOnlySendsIsDisconnectedUnlessItIsSetUp) {
  script_.is_set_up = false;
  const auto port = start({.setup_timeout = milliseconds(500)});
  RawClient client(port);
  while (!script_.ended()) {
    client.send("x");
    if (client.receive_some(1).empty()) break;
  }
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::NotSetUp);

  script_.is_set_up = true;
  RawClient other(port);
  other.send("x");
  EXPECT_EQ(other.receive_some(1), "x");
  script_.is_set_up = false;
  // It was set up once: another connection, which never is, ends first.
  RawClient third(port);
  EXPECT_EQ(script_.wait_for_end(2), StreamEnd::NotSetUp);
  EXPECT_TRUE(third.closed_by_server());
  other.send("y");
  EXPECT_EQ(other.receive_some(1), "y");
}

TEST_F(StreamListenerTest, APeerThatTakesNothingIsDisconnected) {
  const std::string large(64 * 1024, 'x');
  script_.on_bytes = [&](std::string_view) { return reply(large); };
  RawClient client(start({.max_queued_bytes = 256 * 1024}));
  while (!script_.ended()) client.send("more");
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::TooSlow);
}

TEST_F(StreamListenerTest, APeerThatStopsTakingIsDisconnectedAfterAWhile) {
  script_.on_bytes = [&](std::string_view) { return reply(std::string(16 << 20, 'x')); };
  RawClient client(start({.write_timeout = milliseconds(500), .max_queued_bytes = 32 << 20}));
  client.send("go");
  EXPECT_EQ(script_.wait_for_end(), StreamEnd::TooSlow);
}

TEST_F(StreamListenerTest, StopEndsEveryConnection) {
  const auto port = start({.threads = 2});
  RawClient first(port);
  RawClient second(port);
  for (RawClient* client : {&first, &second}) {
    client->send("x");
    EXPECT_EQ(client->receive_some(1), "x");
  }
  listener_->stop();
  EXPECT_EQ(script_.wait_for_end(1), StreamEnd::Stopped);
  EXPECT_EQ(script_.wait_for_end(2), StreamEnd::Stopped);
  EXPECT_TRUE(first.closed_by_server());
  EXPECT_EQ(listener_->connections(), 0);
  listener_->stop();
}

TEST_F(StreamListenerTest, AConnectionWithoutHandlerIsClosed) {
  const auto listener =
      StreamListener::start({.listen = "127.0.0.1:0"}, [](auto) { return nullptr; });
  ASSERT_TRUE(listener);
  RawClient client((*listener)->port());
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(StreamListenerTest, BoundsConnections) {
  const auto port = start({.max_connections = 1});
  auto first = std::make_unique<RawClient>(port);
  first->send("x");
  EXPECT_EQ(first->receive_some(1), "x");
  RawClient second(port);  // waits in the kernel's queue
  second.send("y");
  EXPECT_EQ(listener_->connections(), 1);
  first.reset();
  EXPECT_EQ(second.receive_some(1), "y");
}

TEST_F(StreamListenerTest, SpeaksTls) {
  const local::TemporaryFolder folder;
  const TlsFiles files{folder.path() / "cert.pem", folder.path() / "key.pem"};
  write_certificate("live.example", files.certificate_file, files.key_file);
  const auto port = start({.tls = files, .handshake_timeout = milliseconds(500)});
  TlsClient client(port);
  ASSERT_TRUE(client.connected());
  const std::string large(300'000, 'x');
  client.send(large);
  EXPECT_EQ(client.receive_bytes(large.size()), large);
  // A peer that never begins its handshake.
  RawClient silent(port);
  EXPECT_TRUE(silent.closed_by_server());
  // Another certificate counts for new connections.
  write_certificate("new.example", files.certificate_file, files.key_file);
  ASSERT_TRUE(listener_->reload_tls());
  EXPECT_EQ(TlsClient(port).certificate_name(), "new.example");
}

TEST_F(StreamListenerTest, RejectsWrongOptions) {
  const auto code = [](StreamListenerOptions options) {
    return StreamListener::start(std::move(options), [](auto) { return nullptr; }).error().code;
  };
  EXPECT_EQ(code({.listen = "nowhere"}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({.listen = "127.0.0.1:0", .threads = 0}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({.listen = "127.0.0.1:0", .tls = TlsFiles{"/none", "/none"}}),
            ErrorCode::NotFound);
  const auto port = start();
  EXPECT_EQ(code({.listen = "127.0.0.1:" + std::to_string(port)}), ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::http

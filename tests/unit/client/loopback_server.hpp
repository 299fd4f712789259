#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace streamkit::testing {

struct ReceivedRequest {
  std::string method;
  std::string target;
  net::HttpHeaders headers;
  std::string body;
};

enum class ReplyKind {
  Answer,
  Reset,   ///< The connection is torn down without a byte.
  Cut,     ///< The connection ends after the bytes.
  Silence  ///< Nothing is sent and the connection stays open.
};

struct Reply {
  ReplyKind kind = ReplyKind::Answer;
  /// What is sent, head and all.
  std::string bytes = {};
};

/// A whole answer with its Content-Length. `headers` is lines that end with "\r\n".
[[nodiscard]] Reply answer(int status, std::string_view body = {}, std::string_view headers = {});

/// A tiny HTTP/1.1 server on 127.0.0.1 that keeps connections open and every request that it got.
/// Thread-safety: every method may be called from any thread at once.
class LoopbackServer {
 public:
  /// Called for each request, on the thread of its connection.
  using Handler = std::function<Reply(const ReceivedRequest&)>;

  /// Called for each head, before its body is read. With an answer, that is sent immediately and
  /// the connection takes no further request; any other reply ends the connection without a byte.
  using HeadHandler = std::function<std::optional<Reply>(const ReceivedRequest&)>;

  explicit LoopbackServer(Handler handler, HeadHandler head_handler = {});
  /// Always the same answer.
  explicit LoopbackServer(Reply reply);
  ~LoopbackServer();

  /// "http://127.0.0.1:{port}"
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;
  [[nodiscard]] std::size_t connection_count() const;
  /// Blocks until this many requests have come.
  void await_requests(std::size_t count) const;

 private:
  struct Connection {
    int socket = -1;
    std::jthread thread;
  };

  void accept_all();
  void serve(Connection& connection);
  bool read_request(int socket, std::string& buffer, ReceivedRequest& request);

  const Handler handler_;
  const HeadHandler head_handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // Guarded by mutex_
  std::vector<ReceivedRequest> requests_;
  std::list<Connection> connections_;
  bool stopping_ = false;

  std::jthread acceptor_;
};

/// A port of 127.0.0.1 on which nobody listens, held so that nobody else can.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  [[nodiscard]] std::string url() const;

 private:
  int socket_ = -1;
  int port_ = 0;
};

}  // namespace streamkit::testing

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace streamkit::http {

struct Response;

/// Takes a request's body piece by piece as it comes, instead of Request::body, and carries what
/// admit() found out to handle(). Called on the HTTP server's threads, never by two at once.
class STREAMKIT_API BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;
  /// May block where its Admission says so. An answer ends the request: the rest of the body is not
  /// read.
  virtual std::optional<Response> take(std::string_view piece) = 0;
};

struct STREAMKIT_API Request {
  std::string method;
  /// As sent, percent-escapes and all. Begins with '/', or is "*".
  std::string path;
  /// As sent, without the '?'; empty when there is none.
  std::string query;
  net::HttpHeaders headers;
  /// Empty when a receiver took it.
  std::string body;
  /// As admit() gave it; null: the body is in `body`.
  std::shared_ptr<BodyReceiver> receiver;
  std::string remote_address;
  /// It came over TLS.
  bool secure = false;
  /// When the request's head was complete.
  std::chrono::steady_clock::time_point received_at = {};

  /// The first header of this name; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// A query parameter is there, with or without a value.
  [[nodiscard]] bool has_query(std::string_view name) const noexcept;
  /// GET or HEAD.
  [[nodiscard]] bool is_read() const noexcept { return method == "GET" || method == "HEAD"; }
};

/// Text that many answers may share without copying it. Null means empty.
using SharedText = std::shared_ptr<const std::string>;

/// `length` bytes of a file or object from `offset` on. With a descriptor they go from the kernel
/// to the client; otherwise the server reads them in parts, on threads that may wait.
struct STREAMKIT_API FileSlice {
  std::shared_ptr<const ByteReader> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// A body that grows until it ends or the client leaves, sent in chunks (HTTP/1.1) as it comes.
struct STREAMKIT_API EventStream {
  /// The text since the last call; empty: none yet; nothing: the end. Must not block. Called once
  /// at once, then whenever `topic` is woken and at least every `interval`.
  std::function<std::optional<std::string>()> next;
  /// See HttpServer::wake(); empty: only the interval counts.
  std::string topic = {};
  std::chrono::milliseconds interval{15'000};
};

struct STREAMKIT_API Response {
  int status = 200;
  /// Without Content-Length, Connection and Date, which the server adds.
  net::HttpHeaders headers = {};
  /// For HEAD the body that GET would have: the server sends its length only.
  std::variant<SharedText, FileSlice, EventStream> body = SharedText{};

  /// 0 for an event stream, whose length nobody knows.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept;
};

STREAMKIT_API [[nodiscard]] Response text_response(int status, std::string content_type,
                                                   std::string body);
/// `{"error":{"code":"...","message":"..."}}`. `code` is snake_case; the message is for people and
/// holds no path, query or secret.
STREAMKIT_API [[nodiscard]] Response error_response(int status, std::string_view code,
                                                    std::string_view message);
/// 405 with the Allow header.
STREAMKIT_API [[nodiscard]] Response method_not_allowed(std::string_view allowed);

/// Not yet: call the handler again with the same request after `delay`, or once `topic` is woken
/// (see HttpServer::wake()). Costs a timer, no thread.
struct STREAMKIT_API AskAgain {
  std::chrono::milliseconds delay;
  std::string topic = {};
};

using Reply = std::variant<Response, AskAgain>;

/// What becomes of a request whose head is there.
struct STREAMKIT_API Admission {
  /// A longer body is refused with 413.
  std::uint64_t body_limit_bytes = 0;
  /// Null: the body is collected in Request::body.
  std::shared_ptr<BodyReceiver> receiver = {};
  /// The receiver and handle() may block for as long as a disk takes: they get a thread made for
  /// that.
  bool blocking = false;
};

/// What an HttpServer serves. Called from any of its threads at once.
class STREAMKIT_API RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// Judges a request by its head, before its body is read: an answer refuses it. Must not block
  /// for longer than a read of a database takes.
  [[nodiscard]] virtual std::variant<Admission, Response> admit(const Request& head) = 0;
  /// The answer for a request that never reaches handle(): 400, 413, 431, 500 or 503.
  [[nodiscard]] virtual Response refuse(const Request& head, int status,
                                        std::string_view message) const = 0;
  virtual Reply handle(const Request& request) = 0;
};

}  // namespace streamkit::http

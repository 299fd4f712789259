#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "server/open_file.hpp"

namespace streamkit::server {

struct Request {
  std::string method;
  /// As sent, percent-escapes and all. Begins with '/', or is "*".
  std::string path;
  /// As sent, without the '?'; empty when there is none.
  std::string query;
  net::HttpHeaders headers;
  std::string body;
  std::string remote_address;
  /// When the request's head was complete.
  std::chrono::steady_clock::time_point received_at = {};

  /// The first header of this name; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// A query parameter is there, with or without a value.
  [[nodiscard]] bool has_query(std::string_view name) const noexcept;
};

/// Text that many answers may share without copying it. Null means empty.
using SharedText = std::shared_ptr<const std::string>;

/// `length` bytes of a file from `offset` on.
struct FileSlice {
  std::shared_ptr<const OpenFile> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Response {
  int status = 200;
  /// Without Content-Length, Connection and Date, which the server adds.
  net::HttpHeaders headers = {};
  /// For HEAD the body that GET would have: the server sends its length only.
  std::variant<SharedText, FileSlice> body = SharedText{};

  [[nodiscard]] std::uint64_t body_bytes() const noexcept;
};

[[nodiscard]] Response text_response(int status, std::string content_type, std::string body);
/// `{"error":{"code":"...","message":"..."}}`. `code` is snake_case; the message is for people and
/// holds no path, query or secret.
[[nodiscard]] Response error_response(int status, std::string_view code, std::string_view message);
/// 405 with the Allow header.
[[nodiscard]] Response method_not_allowed(std::string_view allowed);

/// Not yet: call the handler again with the same request after `delay`. Costs a timer, no thread.
struct AskAgain {
  std::chrono::milliseconds delay;
};

using Reply = std::variant<Response, AskAgain>;

/// What an HttpServer serves. Called from any of its threads at once; may block for as long as a
/// disk takes.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// The largest body this request may have, judged by its head.
  [[nodiscard]] virtual std::uint64_t body_limit_bytes(const Request& head) const = 0;
  /// The answer for a request that never reaches handle(): 400, 413, 431, 500 or 503.
  [[nodiscard]] virtual Response refuse(const Request& head, int status,
                                        std::string_view message) const = 0;
  virtual Reply handle(const Request& request) = 0;
};

}  // namespace streamkit::server

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Parses one HTTP/1.x request incrementally. It is strict where leniency could let two readers of
/// the same bytes see different requests: one Content-Length at most and never beside
/// Transfer-Encoding, no transfer coding but "chunked", lines that end with CRLF and are
/// never folded, no control characters, one Host.
/// Source: RFC 9112.
class RequestParser {
 public:
  struct Limits {
    /// The maximum size of the request line and all headers, and of a chunked body's trailer.
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
  };
  enum class State { Head, Body, Done, Failed };
  struct Failure {
    /// The status: 400, or 431 for a head beyond its limits.
    int status = 0;
    std::string_view message;
  };

  explicit RequestParser(Limits limits);
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  /// Consumes bytes and returns their number. It stops after the head, and after each part of the
  /// body. If it returns 0, there are not enough bytes: call it again with the same bytes and more.
  [[nodiscard]] std::size_t put(std::string_view bytes);
  [[nodiscard]] State state() const noexcept;

  /// Returns the part of the body in the bytes that the last put() consumed; a view of them.
  [[nodiscard]] std::string_view body_piece() const noexcept;
  /// Returns the failure, after parsing has failed.
  [[nodiscard]] Failure failure() const noexcept;
  /// Returns the head when it is complete: everything except body, receiver, address, security and
  /// time. After a failure, the part that was read.
  [[nodiscard]] RequestHead& request() noexcept;

  // The following methods require a complete head.

  /// Returns the length of the body; no value if the body is chunked.
  [[nodiscard]] std::optional<std::uint64_t> announced_bytes() const noexcept;
  /// Returns whether another request may follow. It returns false for HTTP/1.0, whose clients may
  /// wait for the end of the connection.
  [[nodiscard]] bool keep_alive() const noexcept;
  /// Returns whether the request is HTTP/1.1 and not 1.0.
  [[nodiscard]] bool is_http11() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace streamkit::http

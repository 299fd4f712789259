#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Reads one HTTP/1.x request from bytes as they come. Strict where leniency would let two readers
/// of the same bytes see different requests: one Content-Length at most and never beside
/// Transfer-Encoding, no transfer coding but "chunked", lines that end with CRLF and are
/// never folded, no control characters, one Host.
/// Source: RFC 9112.
class RequestParser {
 public:
  struct Limits {
    /// Of the request line and all headers; also of a chunked body's trailer.
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
  };
  enum class State { Head, Body, Done, Failed };
  struct Failure {
    /// 400, or 431 for a head beyond its limits.
    int status = 0;
    std::string_view message;
  };

  explicit RequestParser(Limits limits);
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  /// Takes what it can of `bytes` and returns how many. It stops after the head, and after each
  /// piece of the body. 0: what is there is not enough, so put the same bytes and more.
  [[nodiscard]] std::size_t put(std::string_view bytes);
  [[nodiscard]] State state() const noexcept;

  /// The piece of the body in the bytes that the last put() took; a view of them.
  [[nodiscard]] std::string_view body_piece() const noexcept;
  /// What is wrong, once it failed.
  [[nodiscard]] Failure failure() const noexcept;
  /// The head, once it is there: everything but body, receiver, address, security and time. In
  /// Failed what was read of it.
  [[nodiscard]] RequestHead& request() noexcept;

  // The rest once the head is there.

  /// The length of the body; nothing when it is chunked.
  [[nodiscard]] std::optional<std::uint64_t> announced_bytes() const noexcept;
  /// Another request may follow. Never with HTTP/1.0, whose clients may wait for the end of the
  /// connection.
  [[nodiscard]] bool keep_alive() const noexcept;
  /// HTTP/1.1, as opposed to 1.0.
  [[nodiscard]] bool is_http11() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace streamkit::http

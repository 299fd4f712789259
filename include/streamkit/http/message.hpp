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

/// A request without its body.
struct STREAMKIT_API RequestHead {
  std::string method;
  /// As sent, percent-escapes and all. Begins with '/', or is "*".
  std::string path;
  /// As sent, without the '?'; empty when there is none.
  std::string query;
  net::HttpHeaders headers;
  /// A body of at least one byte, or of unknown length, follows the head.
  bool has_body = false;
  std::string remote_address;
  /// The request came over TLS.
  bool secure = false;
  /// When the head was complete.
  std::chrono::steady_clock::time_point received_at = {};

  /// The first header of this name; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// Whether a query parameter is there, with or without a value.
  [[nodiscard]] bool has_query(std::string_view name) const noexcept;
  /// GET or HEAD.
  [[nodiscard]] bool is_read() const noexcept { return method == "GET" || method == "HEAD"; }
};

/// Text that many responses may share without copying it. Null means empty.
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
  /// Returns the text since the last call; empty: none yet; nothing: the end. Must not block.
  /// Called once immediately, then whenever `topic` is woken and at least every `interval`.
  std::function<std::optional<std::string>()> next;
  /// See Server::wake(); empty: only the interval counts.
  std::string topic = {};
  std::chrono::milliseconds interval{15'000};
};

struct STREAMKIT_API Response {
  int status = 200;
  /// Without Content-Length, Connection and Date, which the server adds.
  net::HttpHeaders headers = {};
  /// For HEAD the body that GET would have: the server sends its length only.
  std::variant<SharedText, FileSlice, EventStream> body = SharedText{};

  /// 0 for an event stream, whose length is unknown.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept;
};

STREAMKIT_API [[nodiscard]] Response text_response(int status, std::string content_type,
                                                   std::string body);

}  // namespace streamkit::http

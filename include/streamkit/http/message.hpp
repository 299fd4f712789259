#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/shared_text.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace streamkit::http {

/// A request without its body.
struct STREAMKIT_API RequestHead {
  std::string method;
  /// The path as sent, including percent-escapes. Begins with '/', or is "*".
  std::string path;
  /// The query as sent, without the '?'; empty when it is missing.
  std::string query;
  net::HttpHeaders headers;
  /// True when a body of at least one byte, or of unknown length, follows the head.
  bool has_body = false;
  std::string remote_address;
  /// True when the request arrived over TLS.
  bool secure = false;
  /// The time at which the head was complete.
  std::chrono::steady_clock::time_point received_at = {};

  /// Returns the first header of this name; empty when it is missing.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// Returns whether a query parameter exists, with or without a value.
  [[nodiscard]] bool has_query(std::string_view name) const noexcept;
  /// Returns the value of the first query parameter of this name as sent, including
  /// percent-escapes; empty when it has none. No value when the parameter is missing.
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const noexcept;
  /// Returns whether the method is GET or HEAD.
  [[nodiscard]] bool is_read() const noexcept { return method == "GET" || method == "HEAD"; }
};

/// A range of a file or object: `length` bytes from `offset`. If it has a descriptor, the kernel
/// sends it to the client; otherwise the server reads it in parts, on threads that may block.
struct STREAMKIT_API FileSlice {
  std::shared_ptr<const ByteReader> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// A body that grows until it ends or the client disconnects. It is sent in chunks (HTTP/1.1) as it
/// is produced.
struct STREAMKIT_API EventStream {
  /// Returns the text since the last call: an empty text when there is no new one, no value at the
  /// end. Must not block. Called once immediately, again after it returned text, then whenever
  /// `topic` is woken and at least every `interval`.
  std::function<std::optional<std::string>()> next;
  /// See Server::wake(); empty: only the interval is used.
  std::string topic = {};
  std::chrono::milliseconds interval{15'000};
};

/// A body that is the concatenation of texts, which are sent without being copied together.
using SharedTexts = std::vector<SharedText>;

struct STREAMKIT_API Response {
  int status = 200;
  /// The headers without Content-Length, Connection and Date, which the server adds.
  net::HttpHeaders headers = {};
  /// The body. For HEAD it is the body that GET would have: the server sends only its length.
  std::variant<SharedText, FileSlice, EventStream, SharedTexts> body = SharedText{};

  /// Returns the length of the body; 0 for an event stream, whose length is unknown.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept;
};

STREAMKIT_API [[nodiscard]] Response text_response(int status, std::string content_type,
                                                   std::string body);

}  // namespace streamkit::http

#pragma once

#include <streamkit/core/wall_time.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// The way a client finds the end of a body.
enum class BodyFraming {
  Length,     ///< Content-Length.
  Chunked,    ///< Chunked transfer coding, HTTP/1.1 only.
  UntilClose  ///< The connection closes.
};

struct HeadOptions {
  bool keep_alive = true;
  BodyFraming framing = BodyFraming::Length;
};

/// Returns a response's status line and headers, ready to be sent, with Date, Connection and the
/// header for the body's framing added. Control characters in values become spaces, so that no
/// value can start another header.
[[nodiscard]] std::string format_head(const Response& response, HeadOptions options,
                                      std::string_view date);

/// Caches the text of net::format_http_date() for each second. For one thread.
class DateText {
 public:
  /// Returns the date. The text is valid until the next call.
  [[nodiscard]] std::string_view at(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

/// Returns whether a response of this status never has a body. Source: RFC 9110 6.4.1.
[[nodiscard]] constexpr bool has_no_body(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace streamkit::http

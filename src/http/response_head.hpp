#pragma once

#include <streamkit/core/wall_time.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// How a client knows where a body ends.
enum class BodyFraming {
  Length,     ///< Content-Length.
  Chunked,    ///< Chunked transfer coding, HTTP/1.1 only.
  UntilClose  ///< The connection closes.
};

struct HeadOptions {
  bool keep_alive = true;
  BodyFraming framing = BodyFraming::Length;
};

/// A response's status line and headers, ready to be sent, with Date, Connection and what tells
/// the body's end added. Control characters in values become spaces: no value can start another
/// header.
[[nodiscard]] std::string format_head(const Response& response, HeadOptions options,
                                      std::string_view date);

/// The text of net::format_http_date(), made anew only when the second changes. For one thread.
class DateText {
 public:
  /// Valid until the next call.
  [[nodiscard]] std::string_view at(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

/// A response that by its status never has a body. Source: RFC 9110 6.4.1.
[[nodiscard]] constexpr bool has_no_body(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace streamkit::http

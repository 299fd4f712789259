#pragma once

#include <streamkit/core/session_store.hpp>
#include <string>

#include "server/http_message.hpp"

namespace streamkit::server {

/// A response's status line and headers, ready to be sent, with Date, Content-Length and Connection
/// added. Control characters in values become spaces: no value can start another header.
[[nodiscard]] std::string format_head(const Response& response, bool keep_alive, WallTime now);

/// "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 5.6.7.
[[nodiscard]] std::string http_date(WallTime time);

/// A response that by its status never has a body. Source: RFC 9110 6.4.1.
[[nodiscard]] constexpr bool has_no_body(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace streamkit::server

#pragma once

#include <optional>
#include <streamkit/core/session_store.hpp>
#include <string_view>

namespace streamkit::net {

/// "Sun, 06 Nov 1994 08:49:37 GMT", exactly this form and with its own day of the week; empty for
/// anything else. Source: RFC 7231 section 7.1.1.1, IMF-fixdate.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace streamkit::net

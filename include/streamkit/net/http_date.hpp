#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// Parses "Sun, 06 Nov 1994 08:49:37 GMT": exactly this form, with the correct day of the week.
/// Returns nothing for any other text.
/// Source: RFC 7231 section 7.1.1.1, IMF-fixdate.
STREAMKIT_API [[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

/// The inverse. Source: RFC 9110 section 5.6.7.
STREAMKIT_API [[nodiscard]] std::string format_http_date(WallTime time);

}  // namespace streamkit::net

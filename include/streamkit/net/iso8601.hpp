#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// Formats a time as "2026-11-21T10:00:00Z": UTC, rounded down to the second.
STREAMKIT_API [[nodiscard]] std::string format_iso8601(WallTime time);
/// The same with milliseconds, rounded down: "2026-11-21T10:00:00.250Z".
STREAMKIT_API [[nodiscard]] std::string format_iso8601_milliseconds(WallTime time);
/// The inverse of both. Also accepts a fraction of a second ("...:00.250Z"), but no time zone other
/// than Z. Range: years 1970 to 2261. Errors: InvalidArgument.
STREAMKIT_API Result<WallTime> parse_iso8601(std::string_view text);

/// Formats a time as "20261121T100000Z", as in `x-amz-date`.
STREAMKIT_API [[nodiscard]] std::string format_iso8601_basic(WallTime time);
/// The inverse; accepts exactly this form.
/// Errors: InvalidArgument.
STREAMKIT_API Result<WallTime> parse_iso8601_basic(std::string_view text);

}  // namespace streamkit::net

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <string_view>

// Times as the text of manifests. Each parser returns nothing for text that is not entirely such a
// value; each printer is the inverse of its parser.
namespace streamkit {

/// Wall-clock time as manifests state it. Range: years 0000 to 9999, UTC.
using UtcTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
inline constexpr UtcTime kFirstUtcTime = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
inline constexpr UtcTime kUtcTimeEnd = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

/// The most characters that print_seconds() and print_utc_time() write.
inline constexpr std::size_t kMaxTimeText = 24;

/// Parses a decimal number of seconds, such as "5.005". Rounds to the nearest flick; drops decimals
/// beyond the 18th.
STREAMKIT_API [[nodiscard]] std::optional<MediaTime> parse_seconds(std::string_view text) noexcept;
/// Writes the decimals that the time needs, from `min_decimals` up to nine: a nanosecond is finer
/// than a flick, so that parse_seconds() returns the same time. Returns the number of characters.
/// Precondition: time >= 0; room for kMaxTimeText characters.
STREAMKIT_API std::size_t print_seconds(MediaTime time, int min_decimals,
                                        std::span<char> out) noexcept;

/// Parses ISO 8601 such as "2026-01-31T12:00:00.000Z", with any offset from UTC or none; drops
/// digits beyond milliseconds.
STREAMKIT_API [[nodiscard]] std::optional<UtcTime> parse_utc_time(std::string_view text) noexcept;
/// Writes "2026-01-31T12:00:00.000Z". Returns the number of characters.
/// Precondition: in the range of UtcTime; room for kMaxTimeText characters.
STREAMKIT_API std::size_t print_utc_time(UtcTime time, std::span<char> out) noexcept;

}  // namespace streamkit

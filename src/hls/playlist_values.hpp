#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/media_time.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <string_view>

// Parsers for the values inside playlist lines (RFC 8216 section 4.2). Each returns nothing for
// text that is not entirely such a value. Line prints the same values.
namespace streamkit::hls {

// The range of ProgramDateTime.
inline constexpr ProgramDateTime kFirstDateTime =
    std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
inline constexpr ProgramDateTime kDateTimeEnd =
    std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept;

// Rounds to the nearest flick; drops decimals beyond the 18th.
std::optional<MediaTime> parse_seconds(std::string_view text) noexcept;

// Parses ISO 8601 with any offset, or none for UTC; drops digits beyond milliseconds.
std::optional<ProgramDateTime> parse_date_time(std::string_view text) noexcept;

// Parses "length@offset" or "length", which begins at `default_offset` and is rejected without one.
std::optional<ByteRange> parse_byte_range(std::string_view text,
                                          std::optional<std::uint64_t> default_offset) noexcept;

}  // namespace streamkit::hls

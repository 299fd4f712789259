#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

// The values of a manifest's attributes as text, both ways. Each parser returns nothing for text
// that is not entirely such a value.
namespace streamkit::dash {

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;
std::optional<bool> parse_boolean(std::string_view text) noexcept;

// "12.5"
std::string print_decimal(MediaTime time);
// "PT12.5S"
std::string print_duration(MediaTime time);
// Parses days, hours, minutes and seconds, such as "P1DT2H3M4.5S".
std::optional<MediaTime> parse_duration(std::string_view text) noexcept;
// Whether text that is no such duration is one of years or months.
bool has_years_or_months(std::string_view text) noexcept;

// "30" or "30000/1001"
std::optional<FrameRate> parse_rate(std::string_view text) noexcept;

// Thousandths as a decimal number: 960 is "0.96".
std::string print_permille(std::uint32_t permille);
std::optional<std::uint32_t> parse_permille(std::string_view text) noexcept;

}  // namespace streamkit::dash

#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/hls/byte_range.hpp>
#include <string_view>

// Parsers for the values inside playlist lines (RFC 8216 section 4.2); those of times are in
// core/time_text.hpp. Each returns nothing for text that is not entirely such a value. Line prints
// the same values.
namespace streamkit::hls {

std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept;

// Parses "length@offset" or "length", which begins at `default_offset` and is rejected without one.
std::optional<ByteRange> parse_byte_range(std::string_view text,
                                          std::optional<std::uint64_t> default_offset) noexcept;

}  // namespace streamkit::hls

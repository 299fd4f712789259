#pragma once

#include <cstddef>
#include <string_view>

namespace streamkit::hls {

// Returns the length of the longest prefix that is well-formed UTF-8 (Unicode 15, table 3-7).
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

// Returns whether U+0000 to U+001F or U+007F to U+009F occur.
// Precondition: UTF-8.
bool has_control_character(std::string_view text) noexcept;

}  // namespace streamkit::hls

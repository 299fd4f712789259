#pragma once

#include <cstddef>
#include <string_view>

namespace streamkit::hls {

// The length of the longest prefix that is well-formed UTF-8 (Unicode 15, table 3-7).
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

// U+0000 to U+001F and U+007F to U+009F. Precondition: UTF-8.
bool has_control_character(std::string_view text) noexcept;

}  // namespace streamkit::hls

#pragma once

#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// Returns `text` as a JSON string, including the quotes. Bytes that are not UTF-8 become U+FFFD.
STREAMKIT_API [[nodiscard]] std::string json_string(std::string_view text);

}  // namespace streamkit

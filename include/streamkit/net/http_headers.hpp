#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// One header field of a request or a response. Names are compared without regard to case.
struct STREAMKIT_API HttpHeader {
  std::string name;
  std::string value;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

using HttpHeaders = std::vector<HttpHeader>;

/// Returns the value of the first header with this name, valid as long as `headers` is. Returns
/// nothing if there is none.
STREAMKIT_API [[nodiscard]] std::optional<std::string_view> find_header(
    std::span<const HttpHeader> headers, std::string_view name) noexcept;
/// Returns whether `text` is a token, as header names and methods are.
/// Source: RFC 9110 section 5.6.2.
STREAMKIT_API [[nodiscard]] bool is_http_token(std::string_view text) noexcept;
STREAMKIT_API [[nodiscard]] bool equal_ignoring_case(std::string_view a,
                                                     std::string_view b) noexcept;

}  // namespace streamkit::net

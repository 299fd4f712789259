#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::http {

/// Compresses `text` for `Content-Encoding: gzip`. Errors: Internal (zlib).
STREAMKIT_API Result<std::string> gzip(std::string_view text);

/// Returns whether an Accept-Encoding header accepts gzip. Source: RFC 9110 12.5.3.
STREAMKIT_API [[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

}  // namespace streamkit::http

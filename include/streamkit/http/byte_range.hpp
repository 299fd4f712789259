#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <string_view>

namespace streamkit::http {

/// The part of a resource that a Range header requests.
struct STREAMKIT_API RangeRequest {
  enum class Kind {
    Whole,         ///< No, several or an unreadable range: 200 with the whole resource.
    Part,          ///< 206 with `length` bytes from `offset`.
    Unsatisfiable  ///< 416.
  };
  Kind kind = Kind::Whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Parses "bytes=first-last", "bytes=first-" and "bytes=-suffix" for a resource of `size_bytes`.
/// The response to several ranges is the whole resource, which every client must accept.
/// Source: RFC 9110 14.2.
STREAMKIT_API [[nodiscard]] RangeRequest parse_range(std::string_view header,
                                                     std::uint64_t size_bytes) noexcept;

}  // namespace streamkit::http

#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <string_view>

namespace streamkit::http {

/// What a Range header asks of a resource.
struct STREAMKIT_API RangeRequest {
  enum class Kind {
    Whole,         ///< No range, several, or one that cannot be read: answer 200 with everything.
    Part,          ///< 206 with `length` bytes from `offset` on.
    Unsatisfiable  ///< 416.
  };
  Kind kind = Kind::Whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Reads "bytes=first-last", "bytes=first-" and "bytes=-suffix" for a resource of `size_bytes`.
/// Several ranges are answered with the whole, which every client must accept.
/// Source: RFC 9110 14.2.
STREAMKIT_API [[nodiscard]] RangeRequest parse_range(std::string_view header,
                                                     std::uint64_t size_bytes) noexcept;

}  // namespace streamkit::http

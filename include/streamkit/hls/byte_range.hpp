#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string>

namespace streamkit::hls {

/// Selects `length` bytes of a resource from `offset` on; their sum fits 64 bits.
struct STREAMKIT_API ByteRange {
  std::uint64_t length = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// EXT-X-MAP: the location of the initialization section. Without a range it is the whole resource.
struct STREAMKIT_API InitializationSection {
  /// Not empty, without '"'.
  std::string uri;
  std::optional<ByteRange> byte_range;
  friend bool operator==(const InitializationSection&, const InitializationSection&) = default;
};

}  // namespace streamkit::hls

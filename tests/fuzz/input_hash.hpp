#pragma once

#include <cstdint>
#include <span>

namespace streamkit::fuzz {

/// Returns a number that the bytes decide. A target chooses its options by it, so that its inputs
/// are plain files. Source: FNV-1a.
inline std::uint64_t input_hash(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3U;
  return hash ^ (hash >> 32);
}

}  // namespace streamkit::fuzz

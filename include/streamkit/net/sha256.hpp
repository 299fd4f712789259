#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

using Sha256Digest = std::array<std::uint8_t, 32>;

STREAMKIT_API [[nodiscard]] Sha256Digest sha256(std::span<const std::uint8_t> data);
STREAMKIT_API [[nodiscard]] Sha256Digest hmac_sha256(std::span<const std::uint8_t> key,
                                                     std::string_view data);
/// Formats bytes in lower-case hexadecimal.
STREAMKIT_API [[nodiscard]] std::string to_hex(std::span<const std::uint8_t> data);
/// Returns the digest of `data` in lower-case hexadecimal.
STREAMKIT_API [[nodiscard]] std::string sha256_hex(std::span<const std::uint8_t> data);
STREAMKIT_API [[nodiscard]] std::string sha256_hex(std::string_view data);

/// Compares secrets in a time that reveals neither where they differ nor whether their lengths do.
STREAMKIT_API [[nodiscard]] bool equal_in_constant_time(std::string_view a,
                                                        std::string_view b) noexcept;

}  // namespace streamkit::net

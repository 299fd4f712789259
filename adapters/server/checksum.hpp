#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// Lower-case hexadecimal: an S3 ETag without its quotes.
[[nodiscard]] std::string md5_hex(std::string_view bytes);

/// Reflected CRCs, with all bits set before and inverted after.
/// Source: RFC 3720 appendix B.4 (CRC-32C); NVM Express Base Specification 2.0 (CRC-64/NVME).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes) noexcept;
[[nodiscard]] std::uint64_t crc64nvme(std::string_view bytes) noexcept;

/// Why verify_checksums() refused, as its error's code.
/// InvalidArgument: a header that is not base64 of the right length. CorruptData: the body is not
/// the one that was meant. Unsupported: a kind that this server does not know.
/// Compares every `Content-MD5` and `x-amz-checksum-*` header with the body: CRC32, CRC32C,
/// CRC64NVME, SHA1, SHA256.
[[nodiscard]] Result<void> verify_checksums(const net::HttpHeaders& headers, std::string_view body);

}  // namespace streamkit::server

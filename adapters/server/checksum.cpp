#include "server/checksum.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <optional>
#include <span>
#include <streamkit/net/sha256.hpp>

namespace streamkit::server {
namespace {

constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";

// CRC of reflected polynomial `kPolynomial`, a byte at a time.
template <typename Word, Word kPolynomial>
Word crc(std::string_view bytes) noexcept {
  static constexpr auto kTable = [] {
    std::array<Word, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i) {
      Word value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? kPolynomial : 0);
      table[i] = value;
    }
    return table;
  }();
  Word value = ~Word{0};
  for (const char byte : bytes) {
    value = kTable[(value ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (value >> 8);
  }
  return ~value;
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value = {};
  unsigned size = 0;
  ::EVP_Digest(bytes.data(), bytes.size(), value.data(), &size, algorithm, nullptr);
  return {reinterpret_cast<const char*>(value.data()), size};
}

template <typename Word>
std::string big_endian(Word value) {
  std::string bytes(sizeof(Word), '\0');
  for (std::size_t i = bytes.size(); i > 0; --i, value >>= 8) {
    bytes[i - 1] = static_cast<char>(value & 0xFF);
  }
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// The body's checksum of this kind; empty for a kind that is not known.
std::optional<std::string> compute(std::string_view kind, std::string_view body) {
  if (kind == "crc32") {
    const auto* bytes = reinterpret_cast<const Bytef*>(body.data());
    return big_endian(static_cast<std::uint32_t>(::crc32_z(0, bytes, body.size())));
  }
  if (kind == "crc32c") return big_endian(crc32c(body));
  if (kind == "crc64nvme") return big_endian(crc64nvme(body));
  if (kind == "sha1") return digest(::EVP_sha1(), body);
  if (kind == "sha256") return digest(::EVP_sha256(), body);
  return {};
}

Result<void> compare(std::string_view name, std::string_view expected, std::string_view actual) {
  const std::string text = base64(actual);
  if (text == expected) return {};
  if (text.size() != expected.size()) {
    return Error{ErrorCode::InvalidArgument,
                 "the " + std::string(name) + " header is no base64 of a checksum of its kind"};
  }
  return Error{ErrorCode::CorruptData,
               "the " + std::string(name) + " header does not match the body"};
}

}  // namespace

std::string md5_hex(std::string_view bytes) {
  const std::string value = digest(::EVP_md5(), bytes);
  return net::to_hex(std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
}

std::uint32_t crc32c(std::string_view bytes) noexcept {
  return crc<std::uint32_t, 0x82F63B78>(bytes);
}

std::uint64_t crc64nvme(std::string_view bytes) noexcept {
  return crc<std::uint64_t, 0x9A6C9329AC4BC9B5>(bytes);
}

Result<void> verify_checksums(const net::HttpHeaders& headers, std::string_view body) {
  for (const auto& header : headers) {
    if (net::equal_ignoring_case(header.name, "Content-MD5")) {
      auto same = compare("Content-MD5", header.value, digest(::EVP_md5(), body));
      if (!same) return same;
    }
    if (header.name.size() <= kChecksumPrefix.size()) continue;
    std::string name = header.name;
    for (char& character : name) {
      if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
    }
    // "-algorithm" and "-type" describe, they are no checksums.
    if (!name.starts_with(kChecksumPrefix) || name.ends_with("-algorithm") ||
        name.ends_with("-type")) {
      continue;
    }
    const auto actual = compute(std::string_view(name).substr(kChecksumPrefix.size()), body);
    if (!actual) return Error{ErrorCode::Unsupported, name + " is not known here"};
    if (auto same = compare(name, header.value, *actual); !same) return same;
  }
  return {};
}

}  // namespace streamkit::server

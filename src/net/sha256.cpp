#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <streamkit/net/sha256.hpp>

namespace streamkit::net {
namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// OpenSSL fails here only without memory or without its default provider. Going on would sign, or
// accept, with a digest that anybody can guess.
void require(const void* digest) noexcept {
  if (digest == nullptr) std::abort();
}

}  // namespace

Sha256Digest sha256(std::span<const std::uint8_t> data) {
  Sha256Digest digest{};
  require(SHA256(data.data(), data.size(), digest.data()));
  return digest;
}

Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view data) {
  Sha256Digest digest{};
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(data).data(),
               data.size(), digest.data(), nullptr));
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> data) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result;
  result.reserve(data.size() * 2);
  for (const std::uint8_t byte : data) {
    result += kHex[byte >> 4];
    result += kHex[byte & 0xf];
  }
  return result;
}

std::string sha256_hex(std::span<const std::uint8_t> data) { return to_hex(sha256(data)); }

std::string sha256_hex(std::string_view data) { return sha256_hex(as_bytes(data)); }

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace streamkit::net

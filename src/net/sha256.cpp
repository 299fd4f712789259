#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <streamkit/core/text.hpp>

#include "sha256_stream.hpp"

namespace streamkit::net {
namespace {

// OpenSSL fails here only without memory or without its default provider. To continue would mean to
// sign, or accept, with a digest that anybody can guess.
void require(bool done) noexcept {
  if (!done) std::abort();
}

}  // namespace

Sha256Digest sha256(std::span<const std::uint8_t> data) {
  Sha256Digest digest{};
  require(SHA256(data.data(), data.size(), digest.data()) != nullptr);
  return digest;
}

Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view data) {
  Sha256Digest digest{};
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data).data(),
               data.size(), digest.data(), nullptr) != nullptr);
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

std::string sha256_hex(std::string_view data) { return sha256_hex(bytes_of(data)); }

// Digests have equal length, so the length of the secret is not revealed.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  const Sha256Digest of_a = sha256(bytes_of(a));
  const Sha256Digest of_b = sha256(bytes_of(b));
  return CRYPTO_memcmp(of_a.data(), of_b.data(), of_a.size()) == 0;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256Stream::update(std::string_view bytes) noexcept {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256Stream::finish() noexcept {
  Sha256Digest digest{};
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  // OpenSSL need not look up the digest again if it is not named again.
  require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
  return digest;
}

}  // namespace streamkit::net

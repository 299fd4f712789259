#pragma once

#include <streamkit/net/sha256.hpp>
#include <string_view>

#include "openssl_handles.hpp"

namespace streamkit::net {

/// Computes the SHA-256 of bytes that arrive in parts.
class Sha256Stream {
 public:
  Sha256Stream();
  void update(std::string_view bytes) noexcept;
  /// Returns the digest of all bytes since the last call; the next update() begins a new one.
  Sha256Digest finish() noexcept;

 private:
  DigestContext context_;
};

}  // namespace streamkit::net

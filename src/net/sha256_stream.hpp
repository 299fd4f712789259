#pragma once

#include <streamkit/net/sha256.hpp>
#include <string_view>

#include "openssl_handles.hpp"

namespace streamkit::net {

/// SHA-256 of bytes that come in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  void update(std::string_view bytes) noexcept;
  /// The digest of all since the last one; the next update() begins anew.
  Sha256Digest finish() noexcept;

 private:
  DigestContext context_;
};

}  // namespace streamkit::net

#pragma once

#include <streamkit/net/sigv4_verify.hpp>
#include <string>
#include <string_view>

#include "sha256_stream.hpp"

namespace streamkit::net::sigv4 {

/// Checks the chain of signatures over the chunks of a body: each covers the one before it, the
/// first one covers that of the request.
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
/// Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
class PieceChain {
 public:
  explicit PieceChain(const VerifiedRequest& request);
  /// Adds bytes of the next chunk.
  void update(std::string_view bytes) noexcept { hash_.update(bytes); }
  /// Ends the chunk.
  /// Errors: SignatureMismatch.
  Result<void> check_piece(std::string_view signature);
  /// `text` has "name:value\n" for each trailing header. Errors: SignatureMismatch.
  Result<void> check_trailer(std::string_view text, std::string_view signature);

 private:
  Result<void> check(const std::string& string_to_sign, std::string_view signature,
                     std::string_view what);

  const std::string signing_key_;
  const std::string date_and_scope_;
  std::string previous_;
  Sha256Stream hash_;
};

}  // namespace streamkit::net::sigv4

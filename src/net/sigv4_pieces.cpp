#include "sigv4_pieces.hpp"

#include <streamkit/core/text.hpp>

#include "sigv4_canonical.hpp"
#include "sigv4_failure.hpp"

namespace streamkit::net::sigv4 {

PieceChain::PieceChain(const VerifiedRequest& request)
    : signing_key_(request.signing_key),
      date_and_scope_(request.amz_date + "\n" + request.credential_scope + "\n"),
      previous_(request.signature) {}

Result<void> PieceChain::check_piece(std::string_view signature) {
  static const std::string kOfNothing = sha256_hex(std::string_view());
  return check(std::string(kAlgorithm) + "-PAYLOAD\n" + date_and_scope_ + previous_ + "\n" +
                   kOfNothing + "\n" + to_hex(hash_.finish()),
               signature, "a chunk of the body");
}

Result<void> PieceChain::check_trailer(std::string_view text, std::string_view signature) {
  return check(std::string(kAlgorithm) + "-TRAILER\n" + date_and_scope_ + previous_ + "\n" +
                   sha256_hex(text),
               signature, "the trailer");
}

Result<void> PieceChain::check(const std::string& string_to_sign, std::string_view signature,
                               std::string_view what) {
  previous_ = to_hex(hmac_sha256(bytes_of(signing_key_), string_to_sign));
  if (equal_in_constant_time(previous_, signature)) return {};
  return refuse(SigV4Failure::SignatureMismatch,
                "the signature does not match " + std::string(what));
}

}  // namespace streamkit::net::sigv4

#pragma once

#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net::testing {

/// Writes aws-chunked bodies as a client does, for tests of who reads them.
class ChunkSigner {
 public:
  /// `seed` is the request's own signature. `amz_date` is "20130524T000000Z".
  ChunkSigner(const Credentials& credentials, const SigningScope& scope, std::string amz_date,
              std::string seed);

  /// The next piece; an empty one is the last, and lacks its second line break.
  std::string piece(std::string_view data);
  /// The lines of the trailer with their signature.
  std::string trailer(const HttpHeaders& headers);
  /// Of the piece or trailer that was written last.
  [[nodiscard]] const std::string& signature() const { return previous_; }

 private:
  std::string sign(std::string_view algorithm, std::string_view hashes);

  std::string key_;
  std::string amz_date_;
  std::string scope_;
  std::string previous_;
};

/// All of a body: `data` in pieces of `piece_bytes`, then `trailers` where there are any.
std::string signed_body(ChunkSigner signer, std::string_view data, std::size_t piece_bytes,
                        const HttpHeaders& trailers = {});
std::string unsigned_body(std::string_view data, std::size_t piece_bytes,
                          const HttpHeaders& trailers);

}  // namespace streamkit::net::testing

#pragma once

#include <optional>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <vector>

#include "sigv4_canonical.hpp"

namespace streamkit::net::sigv4 {

/// What a request says of its signature, before any of it is believed.
struct Claim {
  std::string access_key_id;
  std::string scope;  ///< "20130524/us-east-1/s3/aws4_request"
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string amz_date;
  WallTime date;
  std::string token;
  std::string expires;                      ///< Presigned only.
  std::optional<std::string> payload_hash;  ///< Presigned only, where the query has it.
  std::vector<QueryParameter> query;        ///< As far as it is signed.
  bool presigned = false;
};

/// Errors: MissingAuthentication, MalformedAuthorization, UnsupportedAlgorithm, UnsignedHeader (the
/// Date that stands in for `x-amz-date`).
[[nodiscard]] Result<Claim> read_claim(const SignableRequest& request);

}  // namespace streamkit::net::sigv4

#pragma once

#include <optional>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <vector>

#include "sigv4_canonical.hpp"

namespace streamkit::net::sigv4 {

/// The signature of a request as declared, before any of it is verified.
struct Claim {
  std::string access_key_id;
  std::string scope;  ///< "20130524/us-east-1/s3/aws4_request"
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string amz_date;
  WallTime date;
  std::string token;
  std::string expires;                      ///< For presigned URLs only.
  std::optional<std::string> payload_hash;  ///< For presigned URLs only, if in the query.
  std::vector<QueryParameter> query;        ///< The signed part of the query.
  bool presigned = false;
};

/// Parses the signature of a request.
/// Errors: MissingAuthentication, MalformedAuthorization, UnsupportedAlgorithm, UnsignedHeader (the
/// Date that replaces `x-amz-date`).
Result<Claim> read_claim(const SignableRequest& request);

}  // namespace streamkit::net::sigv4

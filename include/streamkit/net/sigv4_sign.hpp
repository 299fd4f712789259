#pragma once

#include <chrono>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// Returns the headers to add to `request` so that it is signed: `x-amz-date`,
/// `x-amz-content-sha256` (S3 rules), `x-amz-security-token` (credentials with a token) and
/// `Authorization`. Host is signed, but is left to the HTTP client to send. `payload_hash` is the
/// sha256_hex() of the body or kUnsignedPayload.
/// Errors: InvalidArgument (no method, host, region or key id; an invalid path, query or header;
/// one of the four headers, or a parameter of a presigned URL, exists already; a repeated header
/// that must be unique).
STREAMKIT_API Result<HttpHeaders> sign_headers(const SignableRequest& request,
                                               const Credentials& credentials,
                                               const SigningScope& scope,
                                               std::string_view payload_hash, WallTime now);

/// Returns the complete query, including `request.query`, that signs `request` by its URL alone.
/// Anyone who has the URL can use it for `expires`, from 1 s to kMaxPresignExpiry.
/// Errors: those of sign_headers(); InvalidArgument (expires).
STREAMKIT_API Result<std::string> presign(const SignableRequest& request,
                                          const Credentials& credentials, const SigningScope& scope,
                                          WallTime now, std::chrono::seconds expires,
                                          std::string_view payload_hash = kUnsignedPayload);

}  // namespace streamkit::net

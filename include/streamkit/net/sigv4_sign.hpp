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

/// The headers to add to `request` so that it is signed: `x-amz-date`, `x-amz-content-sha256` (S3
/// rules), `x-amz-security-token` (credentials with a token) and `Authorization`. Host is signed,
/// and left to the HTTP client to send. `payload_hash` is the body's sha256_hex() or
/// kUnsignedPayload.
/// Errors: InvalidArgument (no method, host, region or key id; a bad path, query or header; one of
/// the four headers, or a parameter of a presigned URL, there already; twice a header that may be
/// there once only).
STREAMKIT_API [[nodiscard]] Result<HttpHeaders> sign_headers(const SignableRequest& request,
                                                             const Credentials& credentials,
                                                             const SigningScope& scope,
                                                             std::string_view payload_hash,
                                                             WallTime now);

/// The whole query to send so that `request` is signed by its URL alone, `request.query` included.
/// Whoever has the URL can use it for `expires`, from 1 s to kMaxPresignExpiry.
/// Errors: as sign_headers(); InvalidArgument (expires).
STREAMKIT_API [[nodiscard]] Result<std::string> presign(
    const SignableRequest& request, const Credentials& credentials, const SigningScope& scope,
    WallTime now, std::chrono::seconds expires, std::string_view payload_hash = kUnsignedPayload);

}  // namespace streamkit::net

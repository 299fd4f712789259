#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// The largest accepted difference between the clocks of signer and verifier.
inline constexpr std::chrono::minutes kMaxClockSkew{15};

/// The reason why verify() rejected a request. Each corresponds to one error code of S3.
enum class SigV4Failure {
  MissingAuthentication = 1,  ///< There is neither an Authorization header nor X-Amz-Signature.
  MalformedAuthorization,     ///< It cannot be parsed, contradicts itself, or both are present.
  UnsupportedAlgorithm,       ///< The algorithm is not AWS4-HMAC-SHA256.
  UnsupportedPayload,         ///< The body is STREAMING-..., but is_streaming() does not hold.
  InvalidPayloadHash,         ///< `x-amz-content-sha256` is missing or is not a hash.
  ScopeMismatch,              ///< The date, region or service is not that of this server.
  UnsignedHeader,             ///< The signature does not cover Host or an `x-amz-*` header.
  UnknownAccessKey,           ///< The lookup does not know the key.
  InvalidToken,               ///< The session token does not belong to this key.
  RequestTimeTooSkewed,       ///< The date differs from now by more than kMaxClockSkew.
  NotYetValid,                ///< The presigned URL is dated in the future.
  Expired,                    ///< The presigned URL has expired.
  InvalidExpires,             ///< X-Amz-Expires is not a number from 1 to 604800.
  SignatureMismatch,          ///< The secret is wrong, or the request was changed.
  PayloadMismatch             ///< The body is not the one that was signed.
};

/// Returns the enumerator's name, as in "SignatureMismatch".
STREAMKIT_API [[nodiscard]] std::string_view to_string(SigV4Failure failure) noexcept;
/// Returns the reason from an error of domain "sigv4"; nothing for any other error.
STREAMKIT_API [[nodiscard]] std::optional<SigV4Failure> sigv4_failure(const Error& error) noexcept;

struct STREAMKIT_API VerifiedRequest {
  std::string access_key_id;
  /// The hash that the signer declared for the body. One of: the hash in lower-case hexadecimal,
  /// which the caller compares with that of the body once it has arrived; kUnsignedPayload; a value
  /// for which is_streaming() holds, whose body needs an AwsChunkedDecoder.
  std::string payload_hash;
  bool presigned = false;
  /// The verified signature, from which those of the chunks of the body follow.
  std::string signature = {};
  std::string amz_date = {};
  std::string credential_scope = {};
  /// Secret: the HMAC key of this day, region and service.
  std::string signing_key = {};
};

/// Returns the credentials of an access key, including expired ones.
/// Errors: NotFound becomes UnknownAccessKey; any other is passed on unchanged.
using CredentialsLookup = std::function<Result<Credentials>(std::string_view access_key_id)>;

/// Checks the signature of a request, in its headers or its query, at time `now`. As strict as AWS:
/// host and every `x-amz-*` header must be signed, the scope must be exactly this one, secrets are
/// compared in constant time. A signed Date may replace `x-amz-date`; a presigned URL may contain
/// the hash of its payload as `X-Amz-Content-Sha256`. Ambiguous requests are malformed: two
/// signatures, a repeated header or parameter of a signature, folded headers. `body_sha256` may be
/// empty (the body has not arrived yet); if it is given, a declared hash must equal it. General
/// rules need it, because requests do not declare one there.
/// Errors: domain "sigv4" and a SigV4Failure as native code, with PermissionDenied,
/// CredentialsExpired (Expired), InvalidArgument (malformed) or Unsupported; those of the lookup.
STREAMKIT_API Result<VerifiedRequest> verify(const SignableRequest& request,
                                             const SigningScope& scope,
                                             const CredentialsLookup& lookup, WallTime now,
                                             std::string_view body_sha256 = {});

}  // namespace streamkit::net

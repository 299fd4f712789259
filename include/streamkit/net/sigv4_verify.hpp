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

/// Clocks of signer and verifier may differ by this much.
inline constexpr std::chrono::minutes kMaxClockSkew{15};

/// Why a request was not accepted; each has one answer in S3's list of error codes.
enum class SigV4Failure {
  MissingAuthentication = 1,  ///< Neither Authorization header nor X-Amz-Signature.
  MalformedAuthorization,     ///< Cannot be read, contradicts itself, or both are there.
  UnsupportedAlgorithm,       ///< Not AWS4-HMAC-SHA256.
  UnsupportedPayload,         ///< A STREAMING-... body for which is_streaming() does not hold.
  InvalidPayloadHash,         ///< `x-amz-content-sha256` is missing or is no hash.
  ScopeMismatch,              ///< Other date, region or service than this server's.
  UnsignedHeader,             ///< Host or an `x-amz-*` header is not covered.
  UnknownAccessKey,           ///< The lookup does not know it.
  InvalidToken,               ///< The session token is not the one of this key.
  RequestTimeTooSkewed,       ///< The date is further from now than kMaxClockSkew.
  NotYetValid,                ///< A presigned URL from the future.
  Expired,                    ///< A presigned URL past its time.
  InvalidExpires,             ///< X-Amz-Expires is no number from 1 to 604800.
  SignatureMismatch,          ///< Wrong secret, or the request was changed.
  PayloadMismatch             ///< The body is not the one that was signed.
};

/// The enumerator's name, as in "SignatureMismatch".
STREAMKIT_API [[nodiscard]] std::string_view to_string(SigV4Failure failure) noexcept;
/// What verify() refused, from its error's domain "sigv4"; empty for any other error.
STREAMKIT_API [[nodiscard]] std::optional<SigV4Failure> sigv4_failure(const Error& error) noexcept;

struct STREAMKIT_API VerifiedRequest {
  std::string access_key_id;
  /// What the signer said of the body: its hash in lower-case hexadecimal, which the caller
  /// compares with the body's once it is there, kUnsignedPayload, or one of the values for which
  /// is_streaming() holds, whose body goes through an AwsChunkedDecoder.
  std::string payload_hash;
  bool presigned = false;
  /// For what is signed along with the request, such as the pieces of its body.
  std::string signature = {};
  std::string amz_date = {};
  std::string credential_scope = {};
  /// Secret: the HMAC key of this day, region and service.
  std::string signing_key = {};
};

/// The credentials of an access key, expired ones too. Errors: NotFound becomes UnknownAccessKey;
/// any other is handed on as it is.
using CredentialsLookup = std::function<Result<Credentials>(std::string_view access_key_id)>;

/// Checks the signature of a request, in its headers or its query, at time `now`.
/// Accepts only what AWS does and no less: host and every `x-amz-*` header signed, the scope
/// exactly this one, secrets compared in constant time. A signed Date stands in for `x-amz-date`;
/// a presigned URL may hold its payload's hash as `X-Amz-Content-Sha256`. Ambiguous requests are
/// malformed: two signatures, a header or parameter of theirs twice, folded headers.
/// `body_sha256` may be empty (the body is not there yet); when it is given, a declared hash must
/// equal it. General rules need it, because there requests do not declare one. Errors: domain
/// "sigv4" and a SigV4Failure as native code, with PermissionDenied, CredentialsExpired (Expired),
/// InvalidArgument (malformed) or Unsupported; the lookup's errors.
STREAMKIT_API [[nodiscard]] Result<VerifiedRequest> verify(const SignableRequest& request,
                                                           const SigningScope& scope,
                                                           const CredentialsLookup& lookup,
                                                           WallTime now,
                                                           std::string_view body_sha256 = {});

}  // namespace streamkit::net

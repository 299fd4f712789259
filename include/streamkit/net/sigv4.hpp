#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// AWS Signature Version 4, for clients and for servers.
/// Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests"; Amazon S3 API Reference,
/// "Authenticating Requests (AWS Signature Version 4)".

/// Declares a body that the signature does not cover.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// The largest accepted difference between the clocks of signer and verifier.
inline constexpr std::chrono::minutes kMaxClockSkew{15};
/// The longest lifetime of a presigned URL: seven days.
inline constexpr std::chrono::seconds kMaxPresignExpiry{7 * 24 * 3600};

/// The parts of a request that a signature covers.
struct STREAMKIT_API SignableRequest {
  std::string method;
  /// The Host header, with the port unless it is the scheme's default. A "host" in `headers` is
  /// ignored.
  std::string host;
  /// The path as sent, percent-encoded; begins with '/'.
  std::string path = "/";
  /// The query as sent, without '?'.
  std::string query = {};
  /// The headers to sign; all of them are covered. Leave out what a proxy may change (Connection,
  /// User-Agent).
  HttpHeaders headers = {};
};

/// Defines how paths become canonical, and whether the hash of the payload is sent.
enum class SigningRules {
  S3,      ///< The path is left unchanged; `x-amz-content-sha256` is sent.
  General  ///< Dot segments and double slashes are resolved, then the path is encoded once more.
};

/// The region and service that a signature is valid for.
struct STREAMKIT_API SigningScope {
  std::string region;
  std::string service = "s3";
  /// If empty: S3 for the service "s3", General for all others.
  std::optional<SigningRules> rules = {};
};

/// Returns the headers to add to `request` so that it is signed: `x-amz-date`,
/// `x-amz-content-sha256` (S3 rules), `x-amz-security-token` (credentials with a token) and
/// `Authorization`. Host is signed, but is left to the HTTP client to send. `payload_hash` is the
/// sha256_hex() of the body or kUnsignedPayload.
/// Errors: InvalidArgument (no method, host, region or key id; an invalid path, query or header;
/// one of the four headers, or a parameter of a presigned URL, exists already; a repeated header
/// that must be unique).
STREAMKIT_API [[nodiscard]] Result<HttpHeaders> sign_headers(const SignableRequest& request,
                                                             const Credentials& credentials,
                                                             const SigningScope& scope,
                                                             std::string_view payload_hash,
                                                             WallTime now);

/// Returns the complete query, including `request.query`, that signs `request` by its URL alone.
/// Anyone who has the URL can use it for `expires`, from 1 s to kMaxPresignExpiry.
/// Errors: those of sign_headers(); InvalidArgument (expires).
STREAMKIT_API [[nodiscard]] Result<std::string> presign(
    const SignableRequest& request, const Credentials& credentials, const SigningScope& scope,
    WallTime now, std::chrono::seconds expires, std::string_view payload_hash = kUnsignedPayload);

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
STREAMKIT_API [[nodiscard]] Result<VerifiedRequest> verify(const SignableRequest& request,
                                                           const SigningScope& scope,
                                                           const CredentialsLookup& lookup,
                                                           WallTime now,
                                                           std::string_view body_sha256 = {});

}  // namespace streamkit::net

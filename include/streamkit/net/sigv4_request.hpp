#pragma once

#include <chrono>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// What signers and verifiers of AWS Signature Version 4 share.
/// Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests"; Amazon S3 API Reference,
/// "Authenticating Requests (AWS Signature Version 4)".

/// Declares a body that the signature does not cover.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned URL: seven days.
inline constexpr std::chrono::seconds kMaxPresignExpiry{7 * 24 * 3600};

/// The parts of a request that a signature covers.
struct STREAMKIT_API SignableRequest {
  std::string method;
  /// The Host header: with the port unless it is the scheme's own. A "host" in `headers` is
  /// ignored.
  std::string host;
  /// As on the wire, percent-encoded; begins with '/'.
  std::string path = "/";
  /// As on the wire, without '?'.
  std::string query = {};
  /// Signing covers all of these: leave out what a proxy may change (Connection, User-Agent).
  HttpHeaders headers = {};
};

/// How paths become canonical, and whether the payload's hash is sent along.
enum class SigningRules {
  S3,      ///< The path stays as it is; `x-amz-content-sha256` is sent.
  General  ///< Dot segments and double slashes are resolved, then the path is encoded once more.
};

/// What a signature is good for.
struct STREAMKIT_API SigningScope {
  std::string region;
  std::string service = "s3";
  /// Empty: S3 for the service "s3", General for all others.
  std::optional<SigningRules> rules = {};
};

}  // namespace streamkit::net

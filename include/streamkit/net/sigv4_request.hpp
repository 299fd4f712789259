#pragma once

#include <chrono>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// The parts that signers and verifiers of AWS Signature Version 4 share.
/// Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests"; Amazon S3 API Reference,
/// "Authenticating Requests (AWS Signature Version 4)".

/// Declares a body that the signature does not cover.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
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

}  // namespace streamkit::net

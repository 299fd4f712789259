#pragma once

#include <map>
#include <streamkit/core/result.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <string_view>
#include <vector>

// Shared by signer and verifier: the canonical form of a request, and the signature over it.
namespace streamkit::net::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

/// Quotes a name for a message, shortened because a client chose it.
[[nodiscard]] std::string quoted(std::string_view name);

[[nodiscard]] SigningRules rules_of(const SigningScope& scope) noexcept;

struct QueryParameter {
  std::string name;
  std::string value;
};
/// Returns the decoded parameters of a raw query, in order.
/// Errors: InvalidArgument (an invalid escape).
Result<std::vector<QueryParameter>> parse_query(std::string_view query);
/// Returns whether a parameter of this name, in either case, is used only by presigned requests.
[[nodiscard]] bool is_authentication(std::string_view parameter_name) noexcept;
/// Encodes and sorts the parameters.
[[nodiscard]] std::string canonical_query(const std::vector<QueryParameter>& parameters);

/// Returns the canonical path.
/// Errors: InvalidArgument (does not begin with '/', an invalid escape).
Result<std::string> canonical_path(std::string_view path, SigningRules rules);

/// Lower-case names to values. Values are trimmed, inner spaces are single, and those of equal
/// names are joined by ','.
using CanonicalHeaders = std::map<std::string, std::string, std::less<>>;
void add_header(CanonicalHeaders& headers, std::string_view name, std::string_view value);
/// Returns all headers of a request, with its host.
/// Errors: InvalidArgument (a control character in a value; a repeated header that must be unique,
/// such as `x-amz-*`).
Result<CanonicalHeaders> canonical_headers(const SignableRequest& request);
[[nodiscard]] std::string signed_header_list(const CanonicalHeaders& headers);

/// Returns "20130524/us-east-1/s3/aws4_request"; `amz_date` is "20130524T000000Z".
[[nodiscard]] std::string credential_scope(std::string_view amz_date, const SigningScope& scope);

struct CanonicalRequest {
  std::string method;
  std::string path;
  std::string query;
  CanonicalHeaders headers;
  std::string payload_hash;
};
/// Derives the key that signs all requests of one day, region and service. Secret.
[[nodiscard]] Sha256Digest signing_key(std::string_view secret_access_key,
                                       std::string_view amz_date, const SigningScope& scope);
/// Returns the signature in lower-case hexadecimal.
[[nodiscard]] std::string sign(const CanonicalRequest& request, const Sha256Digest& signing_key,
                               std::string_view amz_date, const SigningScope& scope);

}  // namespace streamkit::net::sigv4

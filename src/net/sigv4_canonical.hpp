#pragma once

#include <map>
#include <streamkit/core/result.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_request.hpp>
#include <string>
#include <string_view>
#include <vector>

// What signer and verifier share: the canonical form of a request, and the signature over it.
namespace streamkit::net::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

/// For a message: no more of a name that a client chose than helps to find it.
[[nodiscard]] std::string quoted(std::string_view name);

[[nodiscard]] SigningRules rules_of(const SigningScope& scope) noexcept;

struct QueryParameter {
  std::string name;
  std::string value;
};
/// The decoded parameters of a raw query, in its order. Errors: InvalidArgument (a bad escape).
[[nodiscard]] Result<std::vector<QueryParameter>> parse_query(std::string_view query);
/// Whether a parameter of this name, of either case, belongs to a presigned request alone.
[[nodiscard]] bool is_authentication(std::string_view parameter_name) noexcept;
/// Encoded anew and sorted.
[[nodiscard]] std::string canonical_query(const std::vector<QueryParameter>& parameters);

/// Errors: InvalidArgument (does not begin with '/', a bad escape).
[[nodiscard]] Result<std::string> canonical_path(std::string_view path, SigningRules rules);

/// Lower-case names to values: trimmed, inner spaces single, those of equal names joined by ','.
using CanonicalHeaders = std::map<std::string, std::string, std::less<>>;
void add_header(CanonicalHeaders& headers, std::string_view name, std::string_view value);
/// All of a request, with its host. Errors: InvalidArgument (a control character in a value; twice
/// one that decides how the request is understood, such as `x-amz-*`).
[[nodiscard]] Result<CanonicalHeaders> canonical_headers(const SignableRequest& request);
[[nodiscard]] std::string signed_header_list(const CanonicalHeaders& headers);

/// "20130524/us-east-1/s3/aws4_request"; `amz_date` is "20130524T000000Z".
[[nodiscard]] std::string credential_scope(std::string_view amz_date, const SigningScope& scope);

struct CanonicalRequest {
  std::string method;
  std::string path;
  std::string query;
  CanonicalHeaders headers;
  std::string payload_hash;
};
/// Secret: what signs all of one day, region and service.
[[nodiscard]] Sha256Digest signing_key(std::string_view secret_access_key,
                                       std::string_view amz_date, const SigningScope& scope);
/// The signature in lower-case hexadecimal.
[[nodiscard]] std::string sign(const CanonicalRequest& request, const Sha256Digest& signing_key,
                               std::string_view amz_date, const SigningScope& scope);

}  // namespace streamkit::net::sigv4

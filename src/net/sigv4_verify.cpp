#include <algorithm>
#include <charconv>
#include <streamkit/net/aws_chunked.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_verify.hpp>

#include "sigv4_canonical.hpp"
#include "sigv4_claim.hpp"
#include "sigv4_failure.hpp"

namespace streamkit::net {
namespace {

using sigv4::Claim;
using sigv4::malformed;
using sigv4::refuse;

Result<void> check_scope(const Claim& claim, const SigningScope& scope) {
  if (claim.scope == sigv4::credential_scope(claim.amz_date, scope)) return {};
  return refuse(SigV4Failure::ScopeMismatch, "the credential scope must be the request's date, '" +
                                                 scope.region + "', '" + scope.service +
                                                 "', 'aws4_request'");
}

Result<void> check_time(const Claim& claim, WallTime now) {
  const WallTime date = claim.date;
  if (!claim.presigned) {
    if (date > now + kMaxClockSkew || date < now - kMaxClockSkew) {
      return refuse(SigV4Failure::RequestTimeTooSkewed,
                    "the request's date is more than 15 minutes from the server's");
    }
    return {};
  }
  std::int64_t seconds = 0;
  const char* end = claim.expires.data() + claim.expires.size();
  const auto [stopped, failure] = std::from_chars(claim.expires.data(), end, seconds);
  // A number has one accepted spelling: no sign, no leading zero.
  if (failure != std::errc{} || stopped != end || claim.expires.starts_with('0') || seconds < 1 ||
      seconds > kMaxPresignExpiry.count()) {
    return refuse(SigV4Failure::InvalidExpires, "X-Amz-Expires must be 1 to 604800 seconds");
  }
  if (date > now + kMaxClockSkew) {
    return refuse(SigV4Failure::NotYetValid, "the signed URL is not valid yet");
  }
  if (now > date + std::chrono::seconds(seconds)) {
    return refuse(SigV4Failure::Expired, "the signed URL has expired");
  }
  return {};
}

// Returns the signed headers, after checking that all required ones are signed.
Result<sigv4::CanonicalHeaders> covered_headers(const SignableRequest& request,
                                                const Claim& claim) {
  auto present = sigv4::canonical_headers(request);
  if (!present) return malformed(present.error().message);
  sigv4::CanonicalHeaders covered;
  for (const std::string& name : claim.signed_headers) {
    auto node = present->extract(name);
    if (node.empty()) {
      return malformed("SignedHeaders names " + sigv4::quoted(name) + ", which is missing");
    }
    covered.insert(std::move(node));
  }
  for (const auto& [name, value] : *present) {
    if (name == "host" || name.starts_with("x-amz-")) {
      return refuse(SigV4Failure::UnsignedHeader,
                    "header " + sigv4::quoted(name) + " must be signed");
    }
  }
  return covered;
}

bool is_sha256_hex(std::string_view text) noexcept {
  constexpr std::size_t kHexLength = 64;
  return text.size() == kHexLength &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Returns the hash that the signer declared for the body, in the header or in the query of a
// presigned URL.
Result<std::optional<std::string>> declared_payload_hash(const SignableRequest& request,
                                                         const Claim& claim) {
  const auto in_header = find_header(request.headers, "x-amz-content-sha256");
  if (in_header && claim.payload_hash && *in_header != *claim.payload_hash) {
    return malformed("x-amz-content-sha256 in header and query contradict each other");
  }
  if (!in_header) return claim.payload_hash;
  return std::optional<std::string>(*in_header);
}

Result<std::string> payload_hash_of(const SignableRequest& request, const Claim& claim,
                                    SigningRules rules, std::string_view body_sha256) {
  const auto declared = declared_payload_hash(request, claim);
  if (!declared) return declared.error();
  if (!*declared && rules == SigningRules::S3) {
    if (claim.presigned) return std::string(kUnsignedPayload);
    return refuse(SigV4Failure::InvalidPayloadHash, "header x-amz-content-sha256 is missing");
  }
  std::string hash = declared->value_or(std::string(body_sha256));
  if (hash == kUnsignedPayload || is_sha256_hex(hash)) return hash;
  if (!hash.starts_with("STREAMING-")) {
    return refuse(SigV4Failure::InvalidPayloadHash,
                  "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a SHA-256 in hexadecimal or "
                  "STREAMING-...");
  }
  // Source: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header":
  // chunked bodies are allowed with that header only.
  if (!is_streaming(hash) || claim.presigned || rules != SigningRules::S3) {
    return refuse(SigV4Failure::UnsupportedPayload,
                  "unsupported streaming body: x-amz-content-sha256 is " + sigv4::quoted(hash));
  }
  return hash;
}

Result<Credentials> find_credentials(const Claim& claim, const CredentialsLookup& lookup) {
  auto credentials = lookup(claim.access_key_id);
  if (!credentials && credentials.error().code == ErrorCode::NotFound) {
    return refuse(SigV4Failure::UnknownAccessKey, "unknown access key id");
  }
  return credentials;
}

}  // namespace

Result<VerifiedRequest> verify(const SignableRequest& request, const SigningScope& scope,
                               const CredentialsLookup& lookup, WallTime now,
                               std::string_view body_sha256) {
  const SigningRules rules = sigv4::rules_of(scope);
  const auto claim = sigv4::read_claim(request);
  if (!claim) return claim.error();
  if (const auto checked = check_scope(*claim, scope); !checked) return checked.error();
  auto headers = covered_headers(request, *claim);
  if (!headers) return headers.error();
  auto path = sigv4::canonical_path(request.path, rules);
  if (!path) return malformed(path.error().message);
  auto payload_hash = payload_hash_of(request, *claim, rules, body_sha256);
  if (!payload_hash) return payload_hash.error();
  if (const auto checked = check_time(*claim, now); !checked) return checked.error();

  const auto credentials = find_credentials(*claim, lookup);
  if (!credentials) return credentials.error();
  const Sha256Digest key =
      sigv4::signing_key(credentials->secret_access_key, claim->amz_date, scope);
  const std::string expected =
      sigv4::sign({request.method, *std::move(path), sigv4::canonical_query(claim->query),
                   *std::move(headers), *payload_hash},
                  key, claim->amz_date, scope);
  if (!equal_in_constant_time(expected, claim->signature)) {
    return refuse(SigV4Failure::SignatureMismatch, "the signature does not match the request");
  }
  if (!equal_in_constant_time(credentials->session_token, claim->token)) {
    return refuse(SigV4Failure::InvalidToken, "the session token does not belong to the key");
  }
  if (!body_sha256.empty() && is_sha256_hex(*payload_hash) && *payload_hash != body_sha256) {
    return refuse(SigV4Failure::PayloadMismatch, "the body is not the one that was signed");
  }
  return VerifiedRequest{.access_key_id = claim->access_key_id,
                         .payload_hash = *std::move(payload_hash),
                         .presigned = claim->presigned,
                         .signature = expected,
                         .amz_date = claim->amz_date,
                         .credential_scope = claim->scope,
                         .signing_key = std::string(key.begin(), key.end())};
}

}  // namespace streamkit::net

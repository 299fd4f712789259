#include <algorithm>
#include <charconv>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4.hpp>

#include "sigv4_canonical.hpp"

namespace streamkit::net {
namespace {

using sigv4::QueryParameter;

constexpr std::string_view kDomain = "sigv4";

ErrorCode code_of(SigV4Failure failure) noexcept {
  switch (failure) {
    case SigV4Failure::MalformedAuthorization:
    case SigV4Failure::InvalidPayloadHash:
    case SigV4Failure::InvalidExpires:
    case SigV4Failure::PayloadMismatch:
      return ErrorCode::InvalidArgument;
    case SigV4Failure::UnsupportedAlgorithm:
    case SigV4Failure::UnsupportedPayload:
      return ErrorCode::Unsupported;
    case SigV4Failure::Expired:
      return ErrorCode::CredentialsExpired;
    default:
      return ErrorCode::PermissionDenied;
  }
}

Error refuse(SigV4Failure failure, std::string_view reason) {
  return {code_of(failure), std::string(reason), std::string(kDomain), static_cast<int>(failure)};
}

Error malformed(std::string_view reason) {
  return refuse(SigV4Failure::MalformedAuthorization, reason);
}

/// What a request says of its signature, before any of it is believed.
struct Claim {
  std::string access_key_id;
  std::string scope;  // "20130524/us-east-1/s3/aws4_request"
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string amz_date;
  std::string token;
  std::string expires;                // presigned only
  std::vector<QueryParameter> query;  // as far as it is signed
  bool presigned = false;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "{access key id}/{date}/{region}/{service}/aws4_request"
Result<void> set_credential(Claim& claim, std::string_view credential) {
  auto start = credential.size();
  for (int slashes = 0; slashes < 4; ++slashes) {
    start = start == 0 ? std::string_view::npos : credential.rfind('/', start - 1);
    if (start == std::string_view::npos || start == 0) {
      return malformed("Credential must be key/date/region/service/aws4_request");
    }
  }
  claim.access_key_id = credential.substr(0, start);
  claim.scope = credential.substr(start + 1);
  return {};
}

Result<void> set_signed_headers(Claim& claim, std::string_view list) {
  claim.signed_headers = split(list, ';');
  const auto& names = claim.signed_headers;
  const bool lower = list.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == std::string_view::npos;
  const bool rising =
      std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
  if (!lower || !rising || names.front().empty()) {
    return malformed("SignedHeaders must be lower-case names, sorted, each once");
  }
  return {};
}

Result<Claim> claim_of_header(const SignableRequest& request, std::string_view authorization,
                              std::vector<QueryParameter> query) {
  if (!authorization.starts_with(sigv4::kAlgorithm)) {
    return refuse(SigV4Failure::UnsupportedAlgorithm, "only AWS4-HMAC-SHA256 is supported");
  }
  Claim claim;
  claim.query = std::move(query);
  std::string credential;
  std::string signed_headers;
  for (const std::string& item : split(authorization.substr(sigv4::kAlgorithm.size()), ',')) {
    const std::string_view part = trimmed(item);
    const auto equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    std::string* field = name == "Credential"      ? &credential
                         : name == "SignedHeaders" ? &signed_headers
                         : name == "Signature"     ? &claim.signature
                                                   : nullptr;
    if (field == nullptr || !field->empty() || equals == part.size()) {
      return malformed(
          "Authorization must hold Credential, SignedHeaders and Signature, once each");
    }
    *field = part.substr(equals + 1);
  }
  if (claim.signature.empty()) return malformed("Authorization lacks Signature");
  if (const auto set = set_credential(claim, credential); !set) return set.error();
  if (const auto set = set_signed_headers(claim, signed_headers); !set) return set.error();
  claim.amz_date = find_header(request.headers, "x-amz-date").value_or("");
  claim.token = find_header(request.headers, "x-amz-security-token").value_or("");
  return claim;
}

Result<Claim> claim_of_query(std::vector<QueryParameter> query) {
  Claim claim;
  claim.presigned = true;
  std::string algorithm;
  std::string credential;
  std::string signed_headers;
  for (QueryParameter& parameter : query) {
    const std::string& name = parameter.name;
    std::string* field = name == "X-Amz-Algorithm"        ? &algorithm
                         : name == "X-Amz-Credential"     ? &credential
                         : name == "X-Amz-Date"           ? &claim.amz_date
                         : name == "X-Amz-Expires"        ? &claim.expires
                         : name == "X-Amz-SignedHeaders"  ? &signed_headers
                         : name == "X-Amz-Security-Token" ? &claim.token
                         : name == "X-Amz-Signature"      ? &claim.signature
                                                          : nullptr;
    if (field != nullptr) {
      if (!field->empty()) return malformed(name + " is there twice");
      *field = parameter.value;
    }
    if (field != &claim.signature) claim.query.push_back(std::move(parameter));
  }
  if (claim.signature.empty()) return malformed("query lacks X-Amz-Signature");
  if (algorithm != sigv4::kAlgorithm) {
    return refuse(SigV4Failure::UnsupportedAlgorithm, "X-Amz-Algorithm must be AWS4-HMAC-SHA256");
  }
  if (const auto set = set_credential(claim, credential); !set) return set.error();
  if (const auto set = set_signed_headers(claim, signed_headers); !set) return set.error();
  return claim;
}

Result<Claim> read_claim(const SignableRequest& request) {
  auto query = sigv4::parse_query(request.query);
  if (!query) return malformed(query.error().message);
  const bool in_query =
      std::any_of(query->begin(), query->end(), [](const QueryParameter& parameter) {
        return parameter.name == "X-Amz-Signature" || parameter.name == "X-Amz-Algorithm" ||
               parameter.name == "X-Amz-Credential";
      });
  const auto in_header = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const HttpHeader& header) { return equal_ignoring_case(header.name, "Authorization"); });
  if (in_header + (in_query ? 1 : 0) > 1) return malformed("the request is signed more than once");
  if (in_query) return claim_of_query(*std::move(query));
  if (in_header == 0) {
    return refuse(SigV4Failure::MissingAuthentication, "the request is not signed");
  }
  return claim_of_header(request, *find_header(request.headers, "Authorization"),
                         *std::move(query));
}

Result<void> check_scope(const Claim& claim, const SigningScope& scope) {
  if (claim.scope == sigv4::credential_scope(claim.amz_date, scope)) return {};
  return refuse(SigV4Failure::ScopeMismatch, "the credential scope must be the request's date, '" +
                                                 scope.region + "', '" + scope.service +
                                                 "', 'aws4_request'");
}

Result<void> check_time(const Claim& claim, WallTime date, WallTime now) {
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
  if (failure != std::errc{} || stopped != end || seconds < 1 ||
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

// The headers that the claim covers, once it covers all that it must.
Result<sigv4::CanonicalHeaders> covered_headers(const SignableRequest& request,
                                                const Claim& claim) {
  sigv4::CanonicalHeaders present;
  for (const HttpHeader& header : request.headers) {
    if (equal_ignoring_case(header.name, "host")) continue;
    sigv4::add_header(present, header.name, header.value);
  }
  sigv4::add_header(present, "host", request.host);

  sigv4::CanonicalHeaders covered;
  for (const std::string& name : claim.signed_headers) {
    auto node = present.extract(name);
    if (node.empty()) return malformed("SignedHeaders names '" + name + "', which is not there");
    covered.insert(std::move(node));
  }
  for (const auto& [name, value] : present) {
    if (name == "host" || name.starts_with("x-amz-")) {
      return refuse(SigV4Failure::UnsignedHeader, "header '" + name + "' must be signed");
    }
  }
  return covered;
}

Result<std::string> payload_hash_of(const SignableRequest& request, const Claim& claim,
                                    SigningRules rules, std::string_view body_sha256) {
  constexpr std::size_t kHexLength = 64;
  const auto invalid = [](std::string_view reason) {
    return refuse(SigV4Failure::InvalidPayloadHash, reason);
  };
  const auto declared = find_header(request.headers, "x-amz-content-sha256");
  if (!declared && rules == SigningRules::S3) {
    if (claim.presigned) return std::string(kUnsignedPayload);
    return invalid("header x-amz-content-sha256 is missing");
  }
  const std::string hash(declared.value_or(body_sha256));
  if (hash == kUnsignedPayload) return hash;
  if (hash.starts_with("STREAMING-")) {
    return refuse(SigV4Failure::UnsupportedPayload, "aws-chunked bodies are not supported");
  }
  if (hash.size() != kHexLength ||
      hash.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return invalid("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a SHA-256 in hexadecimal");
  }
  return hash;
}

Result<Credentials> find_credentials(const Claim& claim, const CredentialsLookup& lookup) {
  auto credentials = lookup(claim.access_key_id);
  if (!credentials && credentials.error().code == ErrorCode::NotFound) {
    return refuse(SigV4Failure::UnknownAccessKey, "the access key id is not known");
  }
  return credentials;
}

}  // namespace

Result<VerifiedRequest> verify(const SignableRequest& request, const SigningScope& scope,
                               const CredentialsLookup& lookup, WallTime now,
                               std::string_view body_sha256) {
  const SigningRules rules = sigv4::rules_of(scope);
  const auto claim = read_claim(request);
  if (!claim) return claim.error();
  const auto date = parse_iso8601_basic(claim->amz_date);
  if (!date) return malformed("x-amz-date must be there, as in 20130524T000000Z");
  if (const auto checked = check_scope(*claim, scope); !checked) return checked.error();
  auto headers = covered_headers(request, *claim);
  if (!headers) return headers.error();
  auto path = sigv4::canonical_path(request.path, rules);
  if (!path) return malformed(path.error().message);
  auto payload_hash = payload_hash_of(request, *claim, rules, body_sha256);
  if (!payload_hash) return payload_hash.error();
  if (const auto checked = check_time(*claim, *date, now); !checked) return checked.error();

  const auto credentials = find_credentials(*claim, lookup);
  if (!credentials) return credentials.error();
  const std::string expected =
      sigv4::sign({request.method, *std::move(path), sigv4::canonical_query(claim->query),
                   *std::move(headers), *payload_hash},
                  credentials->secret_access_key, claim->amz_date, scope);
  if (!equal_in_constant_time(expected, claim->signature)) {
    return refuse(SigV4Failure::SignatureMismatch, "the signature does not match the request");
  }
  if (!equal_in_constant_time(credentials->session_token, claim->token)) {
    return refuse(SigV4Failure::InvalidToken, "the session token does not belong to the key");
  }
  if (!body_sha256.empty() && *payload_hash != kUnsignedPayload && *payload_hash != body_sha256) {
    return refuse(SigV4Failure::PayloadMismatch, "the body is not the one that was signed");
  }
  return VerifiedRequest{claim->access_key_id, *std::move(payload_hash), claim->presigned};
}

std::optional<SigV4Failure> sigv4_failure(const Error& error) noexcept {
  if (error.domain != kDomain) return {};
  return static_cast<SigV4Failure>(error.native_code);
}

std::string_view to_string(SigV4Failure failure) noexcept {
  switch (failure) {
    case SigV4Failure::MissingAuthentication:
      return "MissingAuthentication";
    case SigV4Failure::MalformedAuthorization:
      return "MalformedAuthorization";
    case SigV4Failure::UnsupportedAlgorithm:
      return "UnsupportedAlgorithm";
    case SigV4Failure::UnsupportedPayload:
      return "UnsupportedPayload";
    case SigV4Failure::InvalidPayloadHash:
      return "InvalidPayloadHash";
    case SigV4Failure::ScopeMismatch:
      return "ScopeMismatch";
    case SigV4Failure::UnsignedHeader:
      return "UnsignedHeader";
    case SigV4Failure::UnknownAccessKey:
      return "UnknownAccessKey";
    case SigV4Failure::InvalidToken:
      return "InvalidToken";
    case SigV4Failure::RequestTimeTooSkewed:
      return "RequestTimeTooSkewed";
    case SigV4Failure::NotYetValid:
      return "NotYetValid";
    case SigV4Failure::Expired:
      return "Expired";
    case SigV4Failure::InvalidExpires:
      return "InvalidExpires";
    case SigV4Failure::SignatureMismatch:
      return "SignatureMismatch";
    case SigV4Failure::PayloadMismatch:
      return "PayloadMismatch";
  }
  return "Unknown";
}

}  // namespace streamkit::net

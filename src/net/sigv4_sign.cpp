#include <array>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/url.hpp>

#include "sigv4_canonical.hpp"

namespace streamkit::net {
namespace {

using sigv4::CanonicalRequest;

Error refuse(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "cannot sign: " + std::string(reason)};
}

Result<void> check(const SignableRequest& request, const Credentials& credentials,
                   const SigningScope& scope) {
  constexpr std::array kOwnHeaders{"authorization", "x-amz-date", "x-amz-content-sha256",
                                   "x-amz-security-token"};
  if (request.method.empty()) return refuse("the method is missing");
  if (request.host.empty()) return refuse("the host is missing");
  if (credentials.access_key_id.empty()) return refuse("the access key id is missing");
  if (scope.region.empty()) return refuse("the region is missing");
  if (scope.service.empty()) return refuse("the service is missing");
  for (const char* name : kOwnHeaders) {
    if (find_header(request.headers, name)) return refuse(std::string(name) + " exists already");
  }
  for (const HttpHeader& header : request.headers) {
    // Names with other characters could be confused in the list of signed headers.
    if (!is_http_token(header.name)) return refuse("invalid header name");
  }
  return {};
}

Result<std::vector<sigv4::QueryParameter>> signable_query(const SignableRequest& request) {
  auto query = sigv4::parse_query(request.query);
  if (!query) return query.error().with_context("cannot sign");
  for (const auto& [name, value] : *query) {
    if (sigv4::is_authentication(name)) return refuse(name + " exists already");
  }
  return query;
}

// Canonical form without the headers and parameters that signing itself adds.
Result<CanonicalRequest> canonical(const SignableRequest& request, const SigningScope& scope,
                                   const std::vector<sigv4::QueryParameter>& query,
                                   std::string_view payload_hash) {
  auto path = sigv4::canonical_path(request.path, sigv4::rules_of(scope));
  if (!path) return path.error().with_context("cannot sign");
  auto headers = sigv4::canonical_headers(request);
  if (!headers) return headers.error().with_context("cannot sign");
  return CanonicalRequest{request.method, *std::move(path), sigv4::canonical_query(query),
                          *std::move(headers), std::string(payload_hash)};
}

}  // namespace

Result<HttpHeaders> sign_headers(const SignableRequest& request, const Credentials& credentials,
                                 const SigningScope& scope, std::string_view payload_hash,
                                 WallTime now) {
  if (const auto checked = check(request, credentials, scope); !checked) return checked.error();
  const auto query = signable_query(request);
  if (!query) return query.error();
  auto signable = canonical(request, scope, *query, payload_hash);
  if (!signable) return signable.error();

  const std::string date = format_iso8601_basic(now);
  HttpHeaders added{{"x-amz-date", date}};
  if (sigv4::rules_of(scope) == SigningRules::S3) {
    added.push_back({"x-amz-content-sha256", std::string(payload_hash)});
  }
  if (!credentials.session_token.empty()) {
    added.push_back({"x-amz-security-token", credentials.session_token});
  }
  for (const HttpHeader& header : added) {
    sigv4::add_header(signable->headers, header.name, header.value);
  }

  const Sha256Digest key = sigv4::signing_key(credentials.secret_access_key, date, scope);
  const std::string signature = sigv4::sign(*signable, key, date, scope);
  added.push_back({"Authorization",
                   std::string(sigv4::kAlgorithm) + " Credential=" + credentials.access_key_id +
                       "/" + sigv4::credential_scope(date, scope) + ", SignedHeaders=" +
                       sigv4::signed_header_list(signable->headers) + ", Signature=" + signature});
  return added;
}

Result<std::string> presign(const SignableRequest& request, const Credentials& credentials,
                            const SigningScope& scope, WallTime now, std::chrono::seconds expires,
                            std::string_view payload_hash) {
  if (const auto checked = check(request, credentials, scope); !checked) return checked.error();
  if (expires < std::chrono::seconds(1) || expires > kMaxPresignExpiry) {
    return refuse("expires must be 1 to 604800 seconds");
  }
  auto query = signable_query(request);
  if (!query) return query.error();
  auto signable = canonical(request, scope, {}, payload_hash);
  if (!signable) return signable.error();

  const std::string date = format_iso8601_basic(now);
  query->push_back({"X-Amz-Algorithm", std::string(sigv4::kAlgorithm)});
  query->push_back(
      {"X-Amz-Credential", credentials.access_key_id + "/" + sigv4::credential_scope(date, scope)});
  query->push_back({"X-Amz-Date", date});
  query->push_back({"X-Amz-Expires", std::to_string(expires.count())});
  query->push_back({"X-Amz-SignedHeaders", sigv4::signed_header_list(signable->headers)});
  if (!credentials.session_token.empty()) {
    query->push_back({"X-Amz-Security-Token", credentials.session_token});
  }
  signable->query = sigv4::canonical_query(*query);
  const Sha256Digest key = sigv4::signing_key(credentials.secret_access_key, date, scope);
  return signable->query + "&X-Amz-Signature=" + sigv4::sign(*signable, key, date, scope);
}

}  // namespace streamkit::net

#include "sigv4_claim.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/iso8601.hpp>

#include "sigv4_failure.hpp"

namespace streamkit::net::sigv4 {
namespace {

/// A named part of an authorization that must be unique.
struct Field {
  std::string_view name;
  std::string* value;
  bool seen = false;
};

Field* find_field(std::span<Field> fields, std::string_view name) noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Parses "{access key id}/{date}/{region}/{service}/aws4_request" from its end, since a key id may
// contain a slash.
Result<void> set_credential(Claim& claim, std::string_view credential) {
  // Source: AWS STS API Reference, Credentials: AccessKeyId has 16 to 128 characters.
  constexpr std::size_t kMaxKeyIdLength = 128;
  auto start = credential.size();
  for (int slashes = 0; slashes < 4; ++slashes) {
    start = start == 0 ? std::string_view::npos : credential.rfind('/', start - 1);
    if (start == std::string_view::npos || start == 0) {
      return malformed("Credential must be key/date/region/service/aws4_request");
    }
  }
  if (start > kMaxKeyIdLength) return malformed("the access key id is too long");
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

Result<void> set_amz_date(Claim& claim, std::string_view amz_date) {
  const auto date = parse_iso8601_basic(amz_date);
  if (!date) return malformed("x-amz-date is missing or not of the form 20130524T000000Z");
  claim.amz_date = amz_date;
  claim.date = *date;
  return {};
}

// Reads the date.
// Source: Amazon S3 API Reference, "Common Request Headers": `x-amz-date` overrides Date, which may
// have either form.
Result<void> set_header_date(Claim& claim, const HttpHeaders& headers) {
  const auto date = find_header(headers, "date");
  if (const auto amz_date = find_header(headers, "x-amz-date"); amz_date || !date) {
    return set_amz_date(claim, amz_date.value_or(""));
  }
  const auto& names = claim.signed_headers;
  if (!std::binary_search(names.begin(), names.end(), "date")) {
    return refuse(SigV4Failure::UnsignedHeader, "without x-amz-date, header 'date' must be signed");
  }
  const auto time = parse_http_date(*date);
  return set_amz_date(claim, time ? format_iso8601_basic(*time) : std::string(*date));
}

Result<void> read_authorization(std::string_view text, std::span<Field> fields) {
  for (const std::string& item : split(text, ',')) {
    const std::string_view part = trimmed(item, " \t");
    const auto equals = part.find('=');
    Field* field = find_field(fields, part.substr(0, equals));
    if (equals == std::string_view::npos || field == nullptr || field->seen) {
      return malformed(
          "Authorization must contain Credential, SignedHeaders and Signature, once each");
    }
    field->seen = true;
    *field->value = part.substr(equals + 1);
  }
  return {};
}

Result<Claim> claim_of_header(const SignableRequest& request, std::string_view authorization,
                              std::vector<QueryParameter> query) {
  const auto end = std::min(authorization.find_first_of(" \t"), authorization.size());
  if (authorization.substr(0, end) != kAlgorithm) {
    return refuse(SigV4Failure::UnsupportedAlgorithm, "only AWS4-HMAC-SHA256 is supported");
  }
  Claim claim;
  claim.query = std::move(query);
  std::string credential;
  std::string signed_headers;
  std::array fields{Field{"Credential", &credential}, Field{"SignedHeaders", &signed_headers},
                    Field{"Signature", &claim.signature}};
  if (auto read = read_authorization(authorization.substr(end), fields); !read) {
    return read.error();
  }
  if (claim.signature.empty()) return malformed("Authorization lacks Signature");
  if (const auto set = set_credential(claim, credential); !set) return set.error();
  if (const auto set = set_signed_headers(claim, signed_headers); !set) return set.error();
  if (const auto set = set_header_date(claim, request.headers); !set) return set.error();
  claim.token = find_header(request.headers, "x-amz-security-token").value_or("");
  return claim;
}

Result<Claim> claim_of_query(const SignableRequest& request, std::vector<QueryParameter> query) {
  Claim claim;
  claim.presigned = true;
  std::string algorithm;
  std::string credential;
  std::string signed_headers;
  std::string date;
  std::string payload_hash;
  std::array fields{Field{"X-Amz-Signature", &claim.signature},
                    Field{"X-Amz-Content-Sha256", &payload_hash},
                    Field{"X-Amz-Algorithm", &algorithm},
                    Field{"X-Amz-Credential", &credential},
                    Field{"X-Amz-Date", &date},
                    Field{"X-Amz-Expires", &claim.expires},
                    Field{"X-Amz-SignedHeaders", &signed_headers},
                    Field{"X-Amz-Security-Token", &claim.token}};
  for (QueryParameter& parameter : query) {
    Field* field = find_field(fields, parameter.name);
    if (field == nullptr && is_authentication(parameter.name)) {
      return malformed("parameter " + quoted(parameter.name) + " has the wrong capitalization");
    }
    if (field != nullptr) {
      if (field->seen) return malformed(parameter.name + " is repeated");
      field->seen = true;
      *field->value = parameter.value;
    }
    if (field == nullptr || field->value != &claim.signature) {
      claim.query.push_back(std::move(parameter));
    }
  }
  if (fields[1].seen) claim.payload_hash = std::move(payload_hash);
  if (const auto token = find_header(request.headers, "x-amz-security-token")) {
    if (!claim.token.empty()) return malformed("x-amz-security-token is repeated");
    claim.token = *token;
  }
  if (claim.signature.empty()) return malformed("query lacks X-Amz-Signature");
  if (algorithm != kAlgorithm) {
    return refuse(SigV4Failure::UnsupportedAlgorithm, "X-Amz-Algorithm must be AWS4-HMAC-SHA256");
  }
  if (const auto set = set_credential(claim, credential); !set) return set.error();
  if (const auto set = set_signed_headers(claim, signed_headers); !set) return set.error();
  if (const auto set = set_amz_date(claim, date); !set) return set.error();
  return claim;
}

}  // namespace

Result<Claim> read_claim(const SignableRequest& request) {
  auto query = parse_query(request.query);
  if (!query) return malformed(query.error().message);
  const bool in_query = std::any_of(
      query->begin(), query->end(),
      [](const QueryParameter& parameter) { return is_authentication(parameter.name); });
  const auto in_header = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const HttpHeader& header) { return equal_ignoring_case(header.name, "Authorization"); });
  if (in_header + (in_query ? 1 : 0) > 1) return malformed("the request is signed more than once");
  if (in_query) return claim_of_query(request, *std::move(query));
  if (in_header == 0) {
    return refuse(SigV4Failure::MissingAuthentication, "the request is not signed");
  }
  return claim_of_header(request, *find_header(request.headers, "Authorization"),
                         *std::move(query));
}

}  // namespace streamkit::net::sigv4

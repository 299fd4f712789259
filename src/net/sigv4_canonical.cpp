#include "sigv4_canonical.hpp"

#include <algorithm>
#include <array>
#include <streamkit/core/text.hpp>
#include <streamkit/net/url.hpp>
#include <utility>

namespace streamkit::net::sigv4 {
namespace {

constexpr std::size_t kDateLength = 8;  // of "20130524T000000Z"

// Returns the text before the next `separator` and moves `rest` behind it.
std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const auto end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// S3 decodes a path and encodes it in its one canonical form; an encoded slash does not separate.
Result<std::string> path_for_s3(std::string_view path) {
  std::string result;
  std::string_view rest = path.substr(1);
  for (;;) {
    const auto slash = rest.find('/');
    const auto part = percent_decode(rest.substr(0, slash));
    if (!part) return part.error().with_context("path");
    result += '/';
    result += percent_encode(*part);
    if (slash == std::string_view::npos) return result;
    rest.remove_prefix(slash + 1);
  }
}

std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view part = take_until(rest, '/');
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string result;
  for (const std::string_view part : parts) result.append("/").append(part);
  if (result.empty() || path.ends_with('/')) result += '/';
  return result;
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

std::string squeezed(std::string_view value) {
  std::string result;
  for (const char c : value) {
    if (!is_blank(c)) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

// Joins headers of one name. Returns false if one existed already: equal ones are signed as one.
bool join(CanonicalHeaders& headers, std::string_view name, std::string_view value) {
  const auto [position, is_new] = headers.try_emplace(lower_ascii(name), squeezed(value));
  if (!is_new) position->second += "," + squeezed(value);
  return is_new;
}

// The meaning of a request must not depend on whether a reader joins headers of one name as the
// signature does. Returns whether such a header must be unique.
bool is_single(std::string_view name) noexcept {
  return (starts_with_ignoring_case(name, "x-amz-") &&
          !starts_with_ignoring_case(name, "x-amz-meta-")) ||
         starts_with_ignoring_case(name, "content-") || equal_ignoring_case(name, "date") ||
         equal_ignoring_case(name, "host");
}

bool has_control_character(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

std::string to_text(const CanonicalRequest& request) {
  std::string text = request.method + "\n" + request.path + "\n" + request.query + "\n";
  for (const auto& [name, value] : request.headers) {
    text.append(name).append(":").append(value).append("\n");
  }
  return text + "\n" + signed_header_list(request.headers) + "\n" + request.payload_hash;
}

}  // namespace

std::string quoted(std::string_view name) {
  constexpr std::size_t kMaxLength = 64;
  return "'" + std::string(name.substr(0, kMaxLength)) + "'";
}

SigningRules rules_of(const SigningScope& scope) noexcept {
  return scope.rules.value_or(scope.service == "s3" ? SigningRules::S3 : SigningRules::General);
}

Result<std::vector<QueryParameter>> parse_query(std::string_view query) {
  std::vector<QueryParameter> parameters;
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view value = take_until(rest, '&');
    if (value.empty()) continue;
    const std::string_view name = take_until(value, '=');
    auto decoded_name = percent_decode(name);
    if (!decoded_name) return decoded_name.error().with_context("query");
    auto decoded_value = percent_decode(value);
    if (!decoded_value) return decoded_value.error().with_context("query");
    parameters.push_back({*std::move(decoded_name), *std::move(decoded_value)});
  }
  return parameters;
}

// Does not include the hash of the payload: with an Authorization header it is a parameter like any
// other.
bool is_authentication(std::string_view parameter_name) noexcept {
  constexpr std::array<std::string_view, 7> kNames{
      "X-Amz-Algorithm",     "X-Amz-Credential",     "X-Amz-Date",     "X-Amz-Expires",
      "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return equal_ignoring_case(parameter_name, known);
  });
}

std::string canonical_query(const std::vector<QueryParameter>& parameters) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const QueryParameter& parameter : parameters) {
    encoded.emplace_back(percent_encode(parameter.name), percent_encode(parameter.value));
  }
  // Sorted by name first: sorting "name=value" would put "Param-3" before "Param".
  std::sort(encoded.begin(), encoded.end());
  std::string query;
  for (const auto& [name, value] : encoded) {
    if (!query.empty()) query += '&';
    query.append(name).append("=").append(value);
  }
  return query;
}

Result<std::string> canonical_path(std::string_view path, SigningRules rules) {
  if (!path.starts_with('/')) {
    return Error{ErrorCode::InvalidArgument, "path must begin with '/'"};
  }
  if (rules == SigningRules::S3) return path_for_s3(path);
  return percent_encode_path(normalized_path(path));
}

void add_header(CanonicalHeaders& headers, std::string_view name, std::string_view value) {
  join(headers, name, value);
}

Result<CanonicalHeaders> canonical_headers(const SignableRequest& request) {
  CanonicalHeaders headers;
  for (const auto& [name, value] : request.headers) {
    // For example the line break of a folded header: it would be a line of its own in the signed
    // text.
    if (has_control_character(value)) {
      return Error{ErrorCode::InvalidArgument,
                   "header " + quoted(name) + " contains a control character"};
    }
    if (!join(headers, name, value) && is_single(name)) {
      return Error{ErrorCode::InvalidArgument, "header " + quoted(name) + " is repeated"};
    }
  }
  if (has_control_character(request.host)) {
    return Error{ErrorCode::InvalidArgument, "the host contains a control character"};
  }
  headers.insert_or_assign("host", squeezed(request.host));
  return headers;
}

std::string signed_header_list(const CanonicalHeaders& headers) {
  std::string list;
  for (const auto& [name, value] : headers) {
    if (!list.empty()) list += ';';
    list += name;
  }
  return list;
}

std::string credential_scope(std::string_view amz_date, const SigningScope& scope) {
  return std::string(amz_date.substr(0, kDateLength)) + "/" + scope.region + "/" + scope.service +
         "/" + std::string(kTerminator);
}

Sha256Digest signing_key(std::string_view secret_access_key, std::string_view amz_date,
                         const SigningScope& scope) {
  const std::string seed = "AWS4" + std::string(secret_access_key);
  const Sha256Digest of_date = hmac_sha256(bytes_of(seed), amz_date.substr(0, kDateLength));
  const Sha256Digest of_region = hmac_sha256(of_date, scope.region);
  const Sha256Digest of_service = hmac_sha256(of_region, scope.service);
  return hmac_sha256(of_service, kTerminator);
}

std::string sign(const CanonicalRequest& request, const Sha256Digest& signing_key,
                 std::string_view amz_date, const SigningScope& scope) {
  const std::string string_to_sign = std::string(kAlgorithm) + "\n" + std::string(amz_date) + "\n" +
                                     credential_scope(amz_date, scope) + "\n" +
                                     sha256_hex(to_text(request));
  return to_hex(hmac_sha256(signing_key, string_to_sign));
}

}  // namespace streamkit::net::sigv4

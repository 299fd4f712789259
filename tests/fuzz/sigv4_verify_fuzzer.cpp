#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/sigv4.hpp>
#include <string>
#include <string_view>

using namespace streamkit;
using namespace streamkit::net;

namespace {

const Credentials kCredentials{"FUZZKEY", "fuzz-secret", "fuzz-token"};
const SigningScope kScope{.region = "us-east-1"};
const WallTime kNow{std::chrono::seconds(1767225600)};  // 2026-01-01T00:00:00Z

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// Method, path, query and host on a line each, then "name:value" lines.
SignableRequest read_request(std::string_view text) {
  SignableRequest request;
  request.method = take_line(text);
  request.path = take_line(text);
  request.query = take_line(text);
  request.host = take_line(text);
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
  }
  return request;
}

bool is_accepted(const SignableRequest& request, const Credentials& credentials) {
  const auto lookup = [&](std::string_view id) -> Result<Credentials> {
    if (id == credentials.access_key_id) return credentials;
    return Error{ErrorCode::NotFound, "unknown"};
  };
  const auto verified = verify(request, kScope, lookup, kNow);
  // Every refusal says which it is.
  if (!verified && !sigv4_failure(verified.error())) std::abort();
  return verified.has_value();
}

// The signature covers the secret, the method and the path.
void check_that_changes_are_refused(const SignableRequest& request) {
  auto other_secret = kCredentials;
  other_secret.secret_access_key += '.';
  if (is_accepted(request, other_secret)) std::abort();
  auto other_method = request;
  other_method.method += 'X';
  if (is_accepted(other_method, kCredentials)) std::abort();
  auto other_path = request;
  other_path.path += 'X';
  if (is_accepted(other_path, kCredentials)) std::abort();
}

}  // namespace

// Reading whatever comes never goes wrong; whatever can be signed is accepted, in headers and in
// the query, and no longer once it is changed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = read_request({reinterpret_cast<const char*>(data), size});
  if (is_accepted(request, kCredentials)) check_that_changes_are_refused(request);
  // A request that says of itself that it is signed already would be signed twice.
  if (request.query.find('X') != std::string::npos || request.query.find('%') != std::string::npos)
    return 0;

  if (const auto added = sign_headers(request, kCredentials, kScope, kUnsignedPayload, kNow)) {
    auto with_headers = request;
    with_headers.headers.insert(with_headers.headers.end(), added->begin(), added->end());
    if (!is_accepted(with_headers, kCredentials)) std::abort();
    check_that_changes_are_refused(with_headers);
  }
  if (const auto query = presign(request, kCredentials, kScope, kNow, std::chrono::seconds(60))) {
    auto by_query = request;
    by_query.query = *query;
    if (!is_accepted(by_query, kCredentials)) std::abort();
    check_that_changes_are_refused(by_query);
  }
  return 0;
}

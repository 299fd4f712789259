#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/sigv4_verify.hpp>
#include <string>
#include <string_view>

using namespace streamkit;
using namespace streamkit::net;

namespace {

const Credentials kCredentials{"FUZZKEY", "fuzz-secret", "fuzz-token"};
const SigningScope kScope{.region = "us-east-1"};
const WallTime kNow{std::chrono::seconds(1767225600)};  // 2026-01-01T00:00:00Z
constexpr std::array<std::string_view, 5> kPayloads{
    "UNSIGNED-PAYLOAD", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER"};

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

void check_header(const SignableRequest& request, std::string_view payload) {
  const auto added = sign_headers(request, kCredentials, kScope, payload, kNow);
  if (!added) return;
  auto signed_request = request;
  signed_request.headers.insert(signed_request.headers.end(), added->begin(), added->end());
  if (!is_accepted(signed_request, kCredentials)) std::abort();
  check_that_changes_are_refused(signed_request);
  // Twice signed is not signed.
  if (sign_headers(signed_request, kCredentials, kScope, payload, kNow)) std::abort();
  auto with_date = signed_request;
  with_date.headers.push_back({"X-AMZ-Date", "20260101T000000Z"});
  if (is_accepted(with_date, kCredentials)) std::abort();
}

void check_query(SignableRequest request, std::string_view payload) {
  // Where the query has it, it counts.
  if (request.query.find("ontent") != std::string::npos ||
      request.query.find('%') != std::string::npos) {
    return;
  }
  if (payload != kUnsignedPayload) {
    request.query += "&X-Amz-Content-Sha256=" + std::string(payload);
  }
  const auto query =
      presign(request, kCredentials, kScope, kNow, std::chrono::seconds(60), payload);
  if (!query) return;
  request.query = *query;
  // Bodies in pieces are for the header.
  if (is_accepted(request, kCredentials) == payload.starts_with("STREAMING-")) std::abort();
  if (payload.starts_with("STREAMING-")) return;
  check_that_changes_are_refused(request);
  request.query += "&X-Amz-Date=";
  if (is_accepted(request, kCredentials)) std::abort();
}

}  // namespace

// Reading whatever comes never goes wrong; whatever can be signed is accepted, in headers and in
// the query, and no longer once it is changed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = read_request({reinterpret_cast<const char*>(data), size});
  if (is_accepted(request, kCredentials)) check_that_changes_are_refused(request);
  const std::string_view payload = kPayloads[size % kPayloads.size()];
  check_header(request, payload);
  check_query(request, payload);
  return 0;
}

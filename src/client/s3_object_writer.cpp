#include <algorithm>
#include <chrono>
#include <optional>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/url.hpp>
#include <utility>

#include "http_status.hpp"

namespace streamkit::client {
namespace {

Error refuse(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "S3 writer: " + std::string(reason)};
}

// Accepts characters that are valid both in a host name and in a path. Source: Amazon S3 User
// Guide, "General purpose bucket naming rules"; capital letters and '_' are for older buckets and
// other stores.
bool is_bucket_name(std::string_view name) noexcept {
  constexpr std::size_t kMaxLength = 255;
  return !name.empty() && name.size() <= kMaxLength && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

bool is_region_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// A certificate's wildcard covers one label only, and host names contain no capital letters or '_'.
bool fits_in_host_name(std::string_view bucket) noexcept {
  return bucket.find_first_of("._ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

Error error_of(const HttpResponse& response, std::string_view what) {
  const std::string_view code = xml_element(response.body, "Code");
  const std::string_view message = xml_element(response.body, "Message");
  std::string text = std::string(what) + ": status " + std::to_string(response.status);
  if (!code.empty()) text += " " + printable(code);
  if (!message.empty()) text += ": " + printable(message);
  return {map_s3_status(response.status, code), std::move(text), "http", response.status};
}

}  // namespace

S3ObjectWriter::S3ObjectWriter(HttpClient& http, net::CredentialsProvider& credentials,
                               S3WriterOptions options, Context context, std::string origin,
                               std::string host, std::string base_path)
    : http_(http),
      credentials_(credentials),
      options_(std::move(options)),
      context_(context),
      origin_(std::move(origin)),
      host_(std::move(host)),
      base_path_(std::move(base_path)) {}

Result<std::unique_ptr<S3ObjectWriter>> S3ObjectWriter::create(
    HttpClient& http, net::CredentialsProvider& credentials, S3WriterOptions options,
    Context context) {
  if (!is_bucket_name(options.bucket)) return refuse("bad bucket name");
  if (!is_region_name(options.region)) return refuse("bad region name");
  net::Url base;
  if (!options.endpoint.empty()) {
    auto parsed = net::parse_url(options.endpoint);
    if (!parsed) return parsed.error().with_context("S3 endpoint");
    if (!parsed->query.empty()) return refuse("the endpoint must not have a query");
    base = *std::move(parsed);
  } else {
    base = {.scheme = "https", .host = "s3." + options.region + ".amazonaws.com", .port = 443};
  }
  const bool in_host = options.endpoint.empty() && fits_in_host_name(options.bucket);
  if (in_host) {
    base.host.insert(0, options.bucket + ".");
  } else {
    if (!base.path.ends_with('/')) base.path += '/';
    base.path += options.bucket + "/";
  }
  const std::string host = net::host_header(base);
  return std::unique_ptr<S3ObjectWriter>(new S3ObjectWriter(
      http, credentials, std::move(options), context, base.scheme + "://" + host, host, base.path));
}

Result<HttpResponse> S3ObjectWriter::send(std::string_view key, std::span<const std::uint8_t> body,
                                          const PutOptions& options,
                                          const net::Credentials& credentials,
                                          const std::stop_token& stop) {
  net::SignableRequest signable{.method = "PUT",
                                .host = host_,
                                .path = base_path_ + net::percent_encode_path(key),
                                .headers = {{"Content-Type", options.content_type}}};
  const WallTime now =
      context_.clock_or_system().system_now() + std::chrono::seconds(server_ahead_s_.load());
  const auto added = net::sign_headers(signable, credentials, {.region = options_.region},
                                       net::sha256_hex(body), now);
  if (!added) return added.error();

  HttpRequest request{.method = "PUT",
                      .url = origin_ + signable.path,
                      .headers = std::move(signable.headers),
                      .body = body,
                      .timeouts = options_.timeouts,
                      .on_sent = options.on_progress,
                      .hold_last_byte = options.hold_last_byte};
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  return http_.send(request, stop);
}

bool S3ObjectWriter::adopt_time_of(const HttpResponse& response) {
  const auto stated = net::find_header(response.headers, "Date");
  const auto date = stated ? net::parse_http_date(*stated) : std::nullopt;
  if (!date) return false;
  const auto ahead = *date - context_.clock_or_system().system_now();
  const std::int64_t ahead_s = ahead / std::chrono::seconds(1);
  context_.log(LogLevel::Warning,
               "the clock of this machine differs from the server's, which is used",
               {{"server_ahead_seconds", std::to_string(ahead_s)}});
  return server_ahead_s_.exchange(ahead_s) != ahead_s;
}

Result<void> S3ObjectWriter::put(std::string_view key, std::span<const std::uint8_t> body,
                                 const PutOptions& options, std::stop_token stop) {
  if (const auto checked = check_object_key(key); !checked) return checked.error();
  auto credentials = credentials_.current(stop);
  if (!credentials) return credentials.error().with_context("upload credentials");
  const std::string what = "PUT " + origin_ + base_path_ + net::percent_encode_path(key);
  bool renewed = false;
  for (bool new_time = false;;) {
    const auto response = send(key, body, options, *credentials, stop);
    if (!response) return response.error();
    if (response->status >= 200 && response->status < 300) return {};
    Error error = error_of(*response, what);
    // The put before this one, which is sent at the same time, gets the same response.
    if (options.hold_last_byte && !options.hold_last_byte->is_released()) return error;
    const bool wrong_time = xml_element(response->body, "Code") == "RequestTimeTooSkewed";
    if (wrong_time && !std::exchange(new_time, true) && adopt_time_of(*response)) continue;
    const bool expired = error.code == ErrorCode::CredentialsExpired;
    if (!expired && (error.code != ErrorCode::PermissionDenied || renewed)) return error;
    auto fresh = credentials_.renew(stop);
    if (expired && fresh) return error;
    if (expired || (!fresh && fresh.error().retryable())) {
      return fresh.error().with_context("renewing upload credentials");
    }
    if (!fresh) return error;
    renewed = true;
    credentials = std::move(fresh);
  }
}

}  // namespace streamkit::client

#include "server/options_check.hpp"

#include <algorithm>
#include <array>
#include <streamkit/net/sigv4_request.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::server {
namespace {

// First path segments that the server's own routes use.
constexpr std::array<std::string_view, 9> kReservedNames = {
    "stream", "stream_sessions", "streams", "hls", "dash", "time", "watch", "healthz", "metrics"};

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

// The rules for names. Source: Amazon S3 User Guide, "General purpose bucket naming rules".
Result<void> check_bucket(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool valid = name.size() >= 3 && name.size() <= 63 && is_letter(name.front()) &&
                     is_letter(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
                       return is_letter(c) || c == '-' || c == '.';
                     });
  if (!valid) {
    return invalid("the bucket name '" + std::string(name) +
                   "' must be 3 to 63 of a-z, 0-9, '-' and '.'");
  }
  if (std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end()) {
    return invalid("the bucket name '" + std::string(name) +
                   "' is reserved for a path of the server");
  }
  return {};
}

Result<void> check_access(const ServerOptions& options, bool beyond_loopback) {
  const auto& access = options.access;
  if (access.open && !access.api_keys.empty()) {
    return invalid(
        "--open and --api-keys exclude each other: either everybody may create streams, or only "
        "holders of a key");
  }
  if (!beyond_loopback || access.open || !access.api_keys.empty()) return {};
  return invalid(
      "listening on " + options.http.listen +
      (options.public_url.empty() ? "" : " with a public URL") +
      " lets everybody who reaches the server create streams: restrict this with --api-keys FILE, "
      "allow it with --open, or listen on 127.0.0.1");
}

Result<void> check_segment_urls(const ServerOptions& options) {
  if (options.segment_urls == SegmentUrlKind::Relative) return {};
  if (options.public_url.empty()) {
    return invalid("--segment-urls presigned needs --public-url: the URLs begin with it");
  }
  if (!options.operator_key) {
    return invalid("--segment-urls presigned needs an operator key: the URLs are signed with it");
  }
  const auto keep = options.retention.keep_streams;
  if (keep.count() > 0 && keep <= net::kMaxPresignExpiry) return {};
  return invalid(
      "--segment-urls presigned needs --keep-streams-hours of at most 168: a signed URL is valid "
      "for seven days");
}

}  // namespace

bool is_beyond_loopback(const ServerOptions& options, const http::ListenAddress& address) {
  const auto url = net::parse_url(options.public_url);
  return !address.loopback || (url && !net::is_loopback(*url));
}

Result<std::string> check_public_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) return url;
  const auto parsed = net::parse_url(url);
  if (!parsed) return parsed.error().with_context("public URL");
  if (!parsed->query.empty()) return invalid("the public URL must not have a query");
  return url;
}

Result<void> check_options(const ServerOptions& options, const http::ListenAddress& address) {
  if (auto bucket = check_bucket(options.bucket); !bucket) return bucket;
  if (options.region.empty()) return invalid("the region must not be empty");
  if (auto access = check_access(options, is_beyond_loopback(options, address)); !access) {
    return access;
  }
  if (auto retention = live::check(options.retention); !retention) return retention;
  return check_segment_urls(options);
}

Result<void> check_routes(std::span<const http::Route> routes, std::string_view bucket) {
  for (const auto& route : routes) {
    if (!route.pattern.starts_with('/') || !route.admit) {
      return invalid("the route '" + route.pattern + "' needs a path and an admit function");
    }
    if (std::string_view(route.pattern).substr(1, route.pattern.find('/', 1) - 1) == bucket) {
      return invalid("the route '" + route.pattern + "' is hidden by the bucket of that name");
    }
  }
  return {};
}

}  // namespace streamkit::server

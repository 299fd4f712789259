#include "server/cors_origins.hpp"

#include <algorithm>

namespace streamkit::server {
namespace {

bool same_origin(const net::Url& one, const net::Url& other) {
  return one.scheme == other.scheme && one.host == other.host && one.port == other.port;
}

// An origin is a URL without a path. Source: RFC 6454 section 6.2.
std::optional<net::Url> parse_origin(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return {};
  if (origin.find_first_of("/?", scheme_end + 3) != std::string_view::npos) return {};
  auto url = net::parse_url(origin);
  if (!url) return {};
  return *std::move(url);
}

}  // namespace

Result<CorsOrigins> CorsOrigins::create(const std::vector<std::string>& origins,
                                        std::string_view public_url) {
  CorsOrigins result;
  result.loopback_ = origins.empty();
  for (const std::string& origin : origins) {
    if (origin == "*") {
      result.all_ = true;
      continue;
    }
    auto url = parse_origin(origin);
    if (!url) {
      return Error{ErrorCode::InvalidArgument,
                   "--cors-origins: '" + origin +
                       "' is not an origin, as in https://app.example.com, and not *"};
    }
    result.allowed_.push_back(*std::move(url));
  }
  if (auto own = net::parse_url(public_url)) result.allowed_.push_back(*std::move(own));
  return result;
}

bool CorsOrigins::allows(std::string_view origin) const {
  if (all_) return true;
  const auto url = parse_origin(origin);
  if (!url) return false;
  if (loopback_ && (net::is_loopback(*url) || url->host.ends_with(".localhost"))) return true;
  return std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const net::Url& allowed) { return same_origin(allowed, *url); });
}

}  // namespace streamkit::server

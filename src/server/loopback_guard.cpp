#include "server/loopback_guard.hpp"

#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/url.hpp>

#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

bool is_of_origin(std::string_view host, std::string_view origin) noexcept {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos &&
         net::equal_ignoring_case(origin.substr(scheme + 3), host);
}

}  // namespace

std::optional<Rejection> check_local_caller(const http::RequestHead& head,
                                            std::string_view route_name) {
  const bool guarded = route_name == kCreateRoute || route_name == kControlRoute ||
                       route_name == kLiveStreamsRoute || route_name == kMetricsRoute;
  if (!guarded) return {};
  const auto host = head.header("Host");
  if (!net::names_this_machine(host)) {
    return Rejection{
        403, "forbidden",
        "this server accepts only the host name localhost: set another with --public-url"};
  }
  const auto origin = head.header("Origin");
  const bool reads = head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS";
  if (reads || origin.empty() || is_of_origin(host, origin)) return {};
  return Rejection{403, "forbidden",
                   "a page of another origin may not do this: use --open or --api-keys"};
}

}  // namespace streamkit::server

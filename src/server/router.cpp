#include "server/router.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace streamkit::server {
namespace {

std::string_view error_code_of(int status) noexcept {
  switch (status) {
    case 413:
      return "body_too_large";
    case 429:
      return "rate_limited";
    case 431:
      return "header_too_large";
    case 500:
      return "internal";
    case 503:
      return "unavailable";
    default:
      return "bad_request";
  }
}

}  // namespace

Router::Router(Parts parts, Context context) : parts_(parts), context_(std::move(context)) {}

void Router::count(Route route, int status) const {
  constexpr std::array<std::string_view, 5> kStatusClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5)) - 1;
  context_.count("streamkit_http_requests_total", 1,
                 {{"route", to_string(route)}, {"status", kStatusClasses[status_class]}});
}

Route Router::route_of_request(const http::Request& request) const noexcept {
  return parts_.s3.claims(request) ? Route::Objects : route_of(request.path);
}

std::variant<http::Admission, http::Response> Router::admit(const http::Request& head) {
  const auto route = route_of_request(head);
  if (const auto refusal = parts_.gate.admit(head, route)) return refused(head, route, *refusal);
  if (route != Route::Objects) {
    return http::Admission{
        .body_limit_bytes = SessionApi::kMaxBodyBytes,
        .blocking = route == Route::Segment && parts_.streams.segments_may_block()};
  }
  auto admitted = parts_.s3.admit(head);
  if (const auto* response = std::get_if<http::Response>(&admitted)) {
    count(route, response->status);
  }
  return admitted;
}

http::Response Router::refused(const http::Request& head, Route route,
                               const Refusal& refusal) const {
  if (route != Route::Objects) {
    count(route, refusal.status);
    auto response = to_response(refusal);
    const bool for_players =
        route == Route::Playlist || route == Route::Segment || route == Route::Events;
    if (for_players) allow_any_origin(response);
    return response;
  }
  auto response = refuse(head, refusal.status, refusal.message);
  response.headers.push_back({"Retry-After", std::to_string(refusal.retry_after.count())});
  return response;
}

http::Response Router::refuse(const http::Request& head, int status,
                              std::string_view message) const {
  const auto route = route_of_request(head);
  auto response = route == Route::Objects
                      ? parts_.s3.refuse(head, status, message)
                      : http::error_response(status, error_code_of(status), message);
  count(route, response.status);
  return response;
}

http::Reply Router::handle(const http::Request& request) {
  const auto route = route_of_request(request);
  http::Reply reply = dispatch(request, route);
  if (const auto* response = std::get_if<http::Response>(&reply)) {
    count(route, response->status);
    const std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - request.received_at;
    context_.observe("streamkit_http_request_seconds", taken.count(),
                     {{"route", to_string(route)}});
  }
  return reply;
}

http::Reply Router::dispatch(const http::Request& request, Route route) {
  const auto rest = behind_first_segment(request.path);
  switch (route) {
    case Route::Objects:
      return parts_.s3.handle(request);
    case Route::Create:
    case Route::Control:
      return parts_.sessions.handle(request, rest);
    case Route::Playlist:
    case Route::Segment:
    case Route::Events:
      return parts_.streams.handle(request, rest);
    case Route::Watch:
      return watch(request, rest);
    case Route::Health:
      return parts_.health.handle(request);
    case Route::Metrics:
      return request.is_read() ? metrics() : http::method_not_allowed("GET, HEAD");
    case Route::Other:
      break;
  }
  return http::error_response(404, "not_found", "no such resource");
}

http::Response Router::metrics() {
  if (parts_.metrics == nullptr)
    return http::error_response(404, "not_found", "no metrics are kept");
  if (const auto depth = parts_.jobs.depth()) {
    context_.gauge("streamkit_queue_waiting", static_cast<double>(depth->waiting));
    context_.gauge("streamkit_queue_in_flight", static_cast<double>(depth->in_flight));
    context_.gauge("streamkit_queue_dead", static_cast<double>(depth->dead));
  }
  parts_.health.measure();
  context_.gauge("streamkit_viewers", static_cast<double>(parts_.viewers.total()));
  context_.gauge("streamkit_playlists_in_memory", static_cast<double>(parts_.playlists.size()));
  auto response = http::text_response(200, "text/plain; version=0.0.4; charset=utf-8",
                                      parts_.metrics->render());
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response Router::watch(const http::Request& request, std::string_view rest) {
  if (parts_.watch_page == nullptr) {
    return http::error_response(404, "not_found", "this server was started without the watch page");
  }
  return parts_.watch_page->handle(request, rest);
}

}  // namespace streamkit::server

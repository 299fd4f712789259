#include <streamkit/server/access_control.hpp>

#include <algorithm>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sha256.hpp>

#include "server/loopback_guard.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

constexpr double kBurstSeconds = 4;
constexpr double kAuthFailureBurst = 10;
// The burst is at least 1, so that one whole request is possible at any rate.
http::RateLimit limit_of(double per_second, double burst) noexcept {
  return {per_second, std::max(1.0, burst)};
}

}  // namespace

std::string_view bearer_token(const http::RequestHead& request) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  const auto header = request.header("Authorization");
  if (!net::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
  return header.substr(kScheme.size());
}

AccessControl::AccessControl(const AccessControlOptions& options, const ApiKeys* keys,
                             Context context)
    : options_(options),
      keys_(keys),
      context_(context),
      clients_(limit_of(options.client_rate, options.client_rate * kBurstSeconds),
               context.clock_or_system()),
      sessions_(limit_of(options.session_rate, options.session_rate * kBurstSeconds),
                context.clock_or_system()),
      creations_(limit_of(options.create_rate / 60, options.create_rate),
                 context.clock_or_system()),
      auth_failures_(
          limit_of(options.auth_failure_rate, options.auth_failure_rate * kAuthFailureBurst),
          context.clock_or_system()) {}

std::optional<Rejection> AccessControl::admit(const http::RequestHead& head,
                                              const http::Route& route) {
  const auto client = client_of(head);
  if (!client.loopback) {
    if (auto rejected = too_fast("client", clients_.take(client.key, route.rate_weight))) {
      return rejected;
    }
  }
  if (route.name == kS3Route) return look_for_guessing(client);
  if (options_.local_callers_only) {
    if (auto rejected = check_local_caller(head, route.name)) return rejected;
  }
  const bool creates =
      (route.name == kCreateRoute || route.name == kLiveStreamsRoute) && head.method == "POST";
  const bool needs_key =
      (creates && keys_ != nullptr) || (route.name == kMetricsRoute && options_.metrics_need_key);
  if (needs_key) {
    if (auto rejected = check_api_key(head, client)) return rejected;
  }
  if (!creates || client.loopback) return {};
  return too_fast("create", creations_.take(client.key));
}

std::optional<Rejection> AccessControl::admit_to_session(std::string_view session_id,
                                                         double weight) {
  // At a low rate, a call must still be possible.
  const double most = std::max(1.0, options_.session_rate * kBurstSeconds / 2);
  return too_fast("session", sessions_.take(session_id, std::min(weight, most)));
}

std::optional<Rejection> AccessControl::check_control_token(const http::RequestHead& request,
                                                            const Session& session) {
  const auto client = client_of(request);
  if (auto guessing = look_for_guessing(client)) return guessing;
  const auto token = bearer_token(request);
  if (!session.control_token.empty() && net::equal_in_constant_time(token, session.control_token)) {
    return admit_to_session(session.id);
  }
  return failed(client, token,
                token.empty() ? "send the session's control_token as a bearer token"
                              : "this is not the session's control_token");
}

std::optional<Rejection> AccessControl::check_api_key(const http::RequestHead& request) {
  return check_api_key(request, client_of(request));
}

std::optional<Rejection> AccessControl::check_stream_owner(const http::RequestHead& request,
                                                           std::string_view key_sha256) {
  const auto client = client_of(request);
  if (auto guessing = look_for_guessing(client)) return guessing;
  if (!api_key_name(request).empty()) return {};
  const auto token = bearer_token(request);
  if (!token.empty() && !key_sha256.empty() &&
      net::equal_in_constant_time(net::sha256_hex(token), key_sha256)) {
    return {};
  }
  return failed(client, token,
                token.empty() ? "send an API key or the stream_key as a bearer token"
                              : "unknown API key, and not the key of this stream");
}

std::string AccessControl::api_key_name(const http::RequestHead& request) const {
  const auto token = bearer_token(request);
  if (keys_ == nullptr || token.empty()) return {};
  return keys_->name_of(token).value_or("");
}

std::optional<Rejection> AccessControl::check_api_key(const http::RequestHead& request,
                                                      const http::ClientAddress& client) {
  if (auto guessing = look_for_guessing(client)) return guessing;
  if (!api_key_name(request).empty()) return {};
  const auto token = bearer_token(request);
  return failed(client, token,
                token.empty() ? "send an API key as a bearer token" : "unknown API key");
}

std::optional<Rejection> AccessControl::look_for_guessing(const http::ClientAddress& client) {
  if (client.loopback) return {};
  return too_fast("auth", auth_failures_.look(client.key));
}

void AccessControl::note_failure(const http::RequestHead& request) {
  note_failure(client_of(request));
}

void AccessControl::note_failure(const http::ClientAddress& client) {
  context_.count("streamkit_auth_failures_total");
  if (!client.loopback) (void)auth_failures_.take(client.key);
}

Rejection AccessControl::failed(const http::ClientAddress& client, std::string_view token,
                                std::string_view what) {
  note_failure(client);
  if (token.empty()) return {401, "unauthorized", what};
  return {403, "forbidden", what};
}

std::optional<Rejection> AccessControl::too_fast(std::string_view what,
                                                 std::optional<std::chrono::milliseconds> wait) {
  if (!wait) return {};
  context_.count("streamkit_rate_limited_total", 1, {{"limit", what}});
  return Rejection{
      429, "rate_limited", "too many requests, slow down",
      std::max(std::chrono::ceil<std::chrono::seconds>(*wait), std::chrono::seconds(1))};
}

}  // namespace streamkit::server

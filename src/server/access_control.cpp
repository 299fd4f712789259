#include "server/access_control.hpp"

#include <algorithm>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sha256.hpp>

#include "server/loopback_guard.hpp"

namespace streamkit::server {
namespace {

constexpr double kBurstSeconds = 4;
constexpr double kAuthFailureBurst = 10;
// A viewer asks for a playlist and a segment every few seconds: at this weight the default rate is
// enough for a thousand viewers or two behind one address.
constexpr double kViewingWeight = 0.1;

// A whole request has to fit, however low the rate.
http::RateLimit limit_of(double per_second, double burst) noexcept {
  return {per_second, std::max(1.0, burst)};
}

double weight_of(Route route) noexcept {
  switch (route) {
    case Route::Playlist:
    case Route::Segment:
    case Route::Watch:
      return kViewingWeight;
    default:
      return 1;
  }
}

}  // namespace

std::string_view bearer_token(const http::Request& request) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  const auto header = request.header("Authorization");
  if (!net::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
  return header.substr(kScheme.size());
}

http::Response to_response(const Refusal& refusal) {
  auto response = http::error_response(refusal.status, refusal.code, refusal.message);
  if (refusal.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (refusal.retry_after.count() > 0) {
    response.headers.push_back({"Retry-After", std::to_string(refusal.retry_after.count())});
  }
  return response;
}

Gate::Gate(const GateConfig& config, const ApiKeys* keys, Context context)
    : config_(config),
      keys_(keys),
      context_(context),
      clients_(limit_of(config.client_rate, config.client_rate * kBurstSeconds),
               context.clock_or_system()),
      sessions_(limit_of(config.session_rate, config.session_rate * kBurstSeconds),
                context.clock_or_system()),
      creations_(limit_of(config.create_rate / 60, config.create_rate), context.clock_or_system()),
      auth_failures_(
          limit_of(config.auth_failure_rate, config.auth_failure_rate * kAuthFailureBurst),
          context.clock_or_system()) {}

std::optional<Refusal> Gate::admit(const http::Request& head, Route route) {
  const auto client = client_of(head);
  if (!client.loopback) {
    if (auto refused = too_fast("client", clients_.take(client.key, weight_of(route)))) {
      return refused;
    }
  }
  if (route == Route::Objects) return look_for_guessing(client);
  if (config_.local_callers_only) {
    if (auto refused = check_local_caller(head, route)) return refused;
  }
  const bool creates = route == Route::Create && head.method == "POST";
  const bool needs_key =
      (creates && keys_ != nullptr) || (route == Route::Metrics && config_.metrics_need_key);
  if (needs_key) {
    if (auto refused = check_api_key(head, client)) return refused;
  }
  if (!creates || client.loopback) return {};
  return too_fast("create", creations_.take(client.key));
}

std::optional<Refusal> Gate::admit_to_session(std::string_view session_id) {
  return too_fast("session", sessions_.take(session_id));
}

std::optional<Refusal> Gate::check_control_token(const http::Request& request,
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

std::string Gate::api_key_name(const http::Request& request) const {
  const auto token = bearer_token(request);
  if (keys_ == nullptr || token.empty()) return {};
  return keys_->name_of(token).value_or("");
}

std::optional<Refusal> Gate::check_api_key(const http::Request& request,
                                           const http::ClientAddress& client) {
  if (auto guessing = look_for_guessing(client)) return guessing;
  if (!api_key_name(request).empty()) return {};
  const auto token = bearer_token(request);
  return failed(client, token,
                token.empty() ? "send an API key as a bearer token" : "this is no API key");
}

std::optional<Refusal> Gate::look_for_guessing(const http::ClientAddress& client) {
  if (client.loopback) return {};
  return too_fast("auth", auth_failures_.look(client.key));
}

void Gate::note_failure(const http::Request& request) { note_failure(client_of(request)); }

void Gate::note_failure(const http::ClientAddress& client) {
  context_.count("streamkit_auth_failures_total");
  if (!client.loopback) (void)auth_failures_.take(client.key);
}

Refusal Gate::failed(const http::ClientAddress& client, std::string_view token,
                     std::string_view what) {
  note_failure(client);
  if (token.empty()) return {401, "unauthorized", what};
  return {403, "forbidden", what};
}

std::optional<Refusal> Gate::too_fast(std::string_view what,
                                      std::optional<std::chrono::milliseconds> wait) {
  if (!wait) return {};
  context_.count("streamkit_rate_limited_total", 1, {{"limit", what}});
  return Refusal{429, "rate_limited", "too many requests, slow down",
                 std::max(std::chrono::ceil<std::chrono::seconds>(*wait), std::chrono::seconds(1))};
}

}  // namespace streamkit::server

#pragma once

#include <chrono>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/forwarded_client.hpp>
#include <streamkit/http/message.hpp>
#include <streamkit/http/rate_limiter.hpp>
#include <streamkit/http/router.hpp>
#include <streamkit/server/api_keys.hpp>

namespace streamkit::server {

struct STREAMKIT_API AccessControlOptions {
  /// Clients are told apart by X-Forwarded-For, which a proxy in front must write.
  bool trust_proxy = false;
  /// GET /metrics needs an API key, as creating a session does wherever there are keys.
  bool metrics_need_key = false;
  /// Calls need neither key nor token, so they are for programs on this machine: calls that a web
  /// page of another origin makes a browser send are rejected.
  bool local_callers_only = false;
  /// Requests per second and client, weighted by their routes: a playlist or a segment counts as a
  /// tenth, so that many viewers may share an address. Four times as many in a burst. 0: no limit,
  /// as for the others.
  double client_rate = 100;
  /// Control and upload calls per second and session, once the caller is known to be its owner.
  double session_rate = 50;
  /// New sessions per minute and client.
  double create_rate = 60;
  /// Failed attempts to authenticate per second and client; ten times as many in a burst.
  double auth_failure_rate = 1;
};

/// Why a request is rejected.
struct STREAMKIT_API Rejection {
  int status = 403;
  /// Of the JSON API, as in "rate_limited".
  std::string_view code;
  std::string_view message;
  /// When to try again; 0: never as it is.
  std::chrono::seconds retry_after{0};
};

/// Decides who may call, and how often. Clients on this machine have no limits, unless a proxy
/// names those behind them. Thread-safety: every method from any thread, concurrently.
class STREAMKIT_API AccessControl {
 public:
  /// `keys` (null: there are none) and what `context` points to must outlive this.
  AccessControl(const AccessControlOptions& options, const ApiKeys* keys, Context context);

  /// Judges a request by its head and its route: its weight, and its name where the call needs
  /// more, which are "create", "control", "metrics" and "s3". Nothing: the request may go on.
  [[nodiscard]] std::optional<Rejection> admit(const http::RequestHead& head,
                                               const http::Route& route);
  /// Judges a call whose caller is known to be the session's owner.
  [[nodiscard]] std::optional<Rejection> admit_to_session(std::string_view session_id);
  /// Nothing when the request carries the session's control token.
  [[nodiscard]] std::optional<Rejection> check_control_token(const http::RequestHead& request,
                                                             const Session& session);

  /// Counts an upload whose signature or scope was rejected like a wrong token.
  void note_failure(const http::RequestHead& request);

  [[nodiscard]] http::ClientAddress client_of(const http::RequestHead& request) const {
    return http::client_address(request, options_.trust_proxy);
  }
  /// The name of the API key that the request carries; empty when there is none.
  [[nodiscard]] std::string api_key_name(const http::RequestHead& request) const;

 private:
  [[nodiscard]] std::optional<Rejection> check_api_key(const http::RequestHead& request,
                                                       const http::ClientAddress& client);
  [[nodiscard]] std::optional<Rejection> too_fast(std::string_view what,
                                                  std::optional<std::chrono::milliseconds> wait);
  [[nodiscard]] std::optional<Rejection> look_for_guessing(const http::ClientAddress& client);
  void note_failure(const http::ClientAddress& client);
  [[nodiscard]] Rejection failed(const http::ClientAddress& client, std::string_view token,
                                 std::string_view what);

  const AccessControlOptions options_;
  const ApiKeys* const keys_;
  const Context context_;
  http::RateLimiter clients_;
  http::RateLimiter sessions_;
  http::RateLimiter creations_;
  http::RateLimiter auth_failures_;
};

/// The token of an "Authorization: Bearer" header; empty when there is none.
STREAMKIT_API [[nodiscard]] std::string_view bearer_token(
    const http::RequestHead& request) noexcept;

}  // namespace streamkit::server

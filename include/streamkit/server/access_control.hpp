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
  /// Identifies clients by X-Forwarded-For, which a proxy in front must write.
  bool trust_proxy = false;
  /// GET /metrics needs an API key. If there are keys, creating a session always needs one.
  bool metrics_need_key = false;
  /// Calls need neither key nor token and are for programs on this machine only: calls that a
  /// browser sends for a web page of another origin are rejected.
  bool local_callers_only = false;
  /// Requests per second and client, weighted by their routes: a playlist or a segment counts as a
  /// tenth, so that many viewers may share an address. A burst may have four times as many. 0: no
  /// limit; the same applies to the other rates.
  double client_rate = 100;
  /// Control and upload calls per second and session, counted when the caller is authenticated as
  /// its owner.
  double session_rate = 50;
  /// New sessions per minute and client.
  double create_rate = 60;
  /// Failed attempts to authenticate per second and client. A burst may have ten times as many.
  double auth_failure_rate = 1;
};

/// The reason for rejecting a request.
struct STREAMKIT_API Rejection {
  int status = 403;
  /// The error code of the JSON API, as in "rate_limited".
  std::string_view code;
  std::string_view message;
  /// The time until the request can be repeated; 0: the same request cannot succeed.
  std::chrono::seconds retry_after{0};
};

/// Authenticates callers and limits their rates. Clients on this machine have no limits, unless a
/// proxy names the clients behind it.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API AccessControl {
 public:
  /// `keys` (null: no keys) and the targets of `context` must outlive this object.
  AccessControl(const AccessControlOptions& options, const ApiKeys* keys, Context context);

  /// Checks a request by its head and its route. The weight of the route counts for the rate limit;
  /// the routes named "create", "control", "live_streams", "metrics" and "s3" have further
  /// rules. Empty: the
  /// request is admitted.
  [[nodiscard]] std::optional<Rejection> admit(const http::RequestHead& head,
                                               const http::Route& route);
  /// Checks the rate of a call whose caller is authenticated as the session's owner. `weight` is
  /// the amount of the session's rate that the call takes, at most half a burst.
  [[nodiscard]] std::optional<Rejection> admit_to_session(std::string_view session_id,
                                                          double weight = 1);
  /// Checks the control token. Empty: the request has the session's control token.
  [[nodiscard]] std::optional<Rejection> check_control_token(const http::RequestHead& request,
                                                             const Session& session);

  /// Checks the API key. Empty: the request has one.
  [[nodiscard]] std::optional<Rejection> check_api_key(const http::RequestHead& request);
  /// Checks that the request has an API key, or the key of the live stream as its bearer token.
  /// `key_sha256` is LiveStream::key_sha256. Empty: it has.
  [[nodiscard]] std::optional<Rejection> check_stream_owner(const http::RequestHead& request,
                                                            std::string_view key_sha256);

  /// Counts an upload whose signature or scope was rejected, in the same way as a wrong token.
  void note_failure(const http::RequestHead& request);

  [[nodiscard]] http::ClientAddress client_of(const http::RequestHead& request) const {
    return http::client_address(request, options_.trust_proxy);
  }
  /// Returns the name of the API key of the request; empty when it has none.
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

/// Returns the token of an "Authorization: Bearer" header; empty when it is missing.
STREAMKIT_API [[nodiscard]] std::string_view bearer_token(
    const http::RequestHead& request) noexcept;

}  // namespace streamkit::server

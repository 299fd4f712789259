#pragma once

#include <chrono>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/forwarded_client.hpp>
#include <streamkit/http/message.hpp>
#include <streamkit/http/rate_limiter.hpp>
#include <streamkit/server/api_keys.hpp>
#include "server/route.hpp"

namespace streamkit::server {

struct GateConfig {
  /// Clients are told apart by X-Forwarded-For, which a proxy in front must write.
  bool trust_proxy = false;
  /// GET /metrics takes an API key, and so does creating a session wherever there are keys.
  bool metrics_need_key = false;
  /// Calls need neither key nor token, so they are for programs on this machine: those that a web
  /// page of elsewhere makes a browser send are refused, see check_local_caller().
  bool local_callers_only = false;
  /// Requests per second and client, of which a playlist or a segment counts as a tenth, so that
  /// many viewers may share an address; four times as many at once. 0: no limit, as for the others.
  double client_rate = 100;
  /// Control and upload calls per second and session, once they are known to be its owner's.
  double session_rate = 50;
  /// New sessions per minute and client.
  double create_rate = 60;
  /// Failed attempts to authenticate per second and client; ten times as many at once.
  double auth_failure_rate = 1;
};

/// Why a request goes no further.
struct Refusal {
  int status = 403;
  /// As in error_response().
  std::string_view code;
  std::string_view message;
  /// When to try again; 0: never as it is.
  std::chrono::seconds retry_after{0};
};

/// The answer of the JSON API, with Retry-After and WWW-Authenticate where they belong.
[[nodiscard]] http::Response to_response(const Refusal& refusal);

/// Who may call, and how often. Clients on this machine have no limits, unless a proxy names those
/// behind them.
/// Thread-safety: every method from any thread at once.
class Gate {
 public:
  /// `keys` (null: there are none) and what `context` points to must outlive this.
  Gate(const GateConfig& config, const ApiKeys* keys, Context context);

  /// Judges a request by its head. Nothing: it may go on.
  [[nodiscard]] std::optional<Refusal> admit(const http::Request& head, Route route);
  /// For a call that was found to be the session's owner's.
  [[nodiscard]] std::optional<Refusal> admit_to_session(std::string_view session_id);
  /// Nothing when the request carries the session's control token.
  [[nodiscard]] std::optional<Refusal> check_control_token(const http::Request& request,
                                                           const Session& session);

  /// An upload's signature or scope was refused: counted like a wrong token.
  void note_failure(const http::Request& request);

  [[nodiscard]] http::ClientAddress client_of(const http::Request& request) const {
    return http::client_address(request, config_.trust_proxy);
  }
  /// Whose API key the request carries; empty when none.
  [[nodiscard]] std::string api_key_name(const http::Request& request) const;

 private:
  [[nodiscard]] std::optional<Refusal> check_api_key(const http::Request& request,
                                                     const http::ClientAddress& client);
  [[nodiscard]] std::optional<Refusal> too_fast(std::string_view what,
                                                std::optional<std::chrono::milliseconds> wait);
  [[nodiscard]] std::optional<Refusal> look_for_guessing(const http::ClientAddress& client);
  void note_failure(const http::ClientAddress& client);
  [[nodiscard]] Refusal failed(const http::ClientAddress& client, std::string_view token,
                               std::string_view what);

  const GateConfig config_;
  const ApiKeys* const keys_;
  const Context context_;
  http::RateLimiter clients_;
  http::RateLimiter sessions_;
  http::RateLimiter creations_;
  http::RateLimiter auth_failures_;
};

/// The token of an "Authorization: Bearer" header; empty when there is none.
[[nodiscard]] std::string_view bearer_token(const http::Request& request) noexcept;

}  // namespace streamkit::server

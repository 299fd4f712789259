#pragma once

#include <chrono>
#include <functional>
#include <streamkit/core/context.hpp>
#include <streamkit/live/sessions.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/message.hpp>
#include "server/access_control.hpp"
#include "server/status_api.hpp"

namespace streamkit::server {

struct SessionApiConfig {
  /// Stands before every URL in an answer; empty: the scheme and host of the request.
  std::string public_url = {};
  std::string bucket;
  std::string region;
  /// Ending a session takes its control token. Renewal always does.
  bool end_needs_control_token = false;
  /// False: no new sessions (503).
  bool streaming_enabled = true;
  /// Answers name the watch page.
  bool watch_page = false;
};

/// POST /stream_sessions, POST /stream_sessions/{id}/end, PATCH and GET /stream_sessions/{id},
/// POST /stream_sessions/{id}/credentials, GET /stream_sessions/{id}/events.
/// Thread-safety: every method from any thread at once.
class SessionApi {
 public:
  /// Largest body that these calls take.
  static constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;

  /// What is lent must outlive this.
  SessionApi(live::Sessions& sessions, Gate& gate, StatusApi& status, SessionApiConfig config,
             Context context)
      : sessions_(sessions),
        gate_(gate),
        status_(status),
        config_(std::move(config)),
        context_(context) {}

  /// `rest` is the path behind "/stream_sessions": empty, or with its leading slash.
  [[nodiscard]] http::Response handle(const http::Request& request, std::string_view rest);

 private:
  [[nodiscard]] http::Response session(const http::Request& request, std::string_view session_id);
  [[nodiscard]] http::Response act(const http::Request& request, std::string_view session_id,
                                   std::string_view action);
  [[nodiscard]] http::Response create(const http::Request& request);
  [[nodiscard]] http::Response end(const http::Request& request, std::string_view session_id);
  [[nodiscard]] http::Response patch(const http::Request& request, std::string_view session_id);
  [[nodiscard]] http::Response renew(const http::Request& request, std::string_view session_id);
  [[nodiscard]] http::Response failure(const Error& error, std::string_view session_id) const;

  live::Sessions& sessions_;
  Gate& gate_;
  StatusApi& status_;
  const SessionApiConfig config_;
  const Context context_;
};

}  // namespace streamkit::server

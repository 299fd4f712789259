#pragma once

#include <chrono>
#include <streamkit/core/context.hpp>
#include <streamkit/core/session_store.hpp>
#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace streamkit::server {

struct SessionApiConfig {
  /// Stands before every URL in an answer; empty: "http://" and the request's Host.
  std::string public_url = {};
  std::string bucket;
  std::string region;
  std::chrono::seconds credentials_lifetime{3600};
  /// Ending a session takes its control token. Renewal always does.
  bool end_needs_control_token = false;
  /// False: no new sessions (503).
  bool streaming_enabled = true;
  /// Answers name the watch page.
  bool watch_page = false;
};

/// POST /stream_sessions, POST /stream_sessions/{id}/end, PATCH /stream_sessions/{id},
/// POST /stream_sessions/{id}/credentials.
/// Thread-safety: every method from any thread at once.
class SessionApi {
 public:
  /// Largest body that these calls take.
  static constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;

  /// `sessions` and what `context` points to must outlive this.
  SessionApi(SessionStore& sessions, SessionApiConfig config, Context context)
      : sessions_(sessions), config_(std::move(config)), context_(context) {}

  /// `rest` is the path behind "/stream_sessions": empty, or with its leading slash.
  [[nodiscard]] Response handle(const Request& request, std::string_view rest);

 private:
  [[nodiscard]] Response create(const Request& request);
  [[nodiscard]] Response end(const Request& request, std::string_view session_id);
  [[nodiscard]] Response patch(const Request& request, std::string_view session_id);
  [[nodiscard]] Response renew(const Request& request, std::string_view session_id);
  [[nodiscard]] Result<ScopedCredentials> issue_credentials(const std::string& session_id);
  [[nodiscard]] Result<std::string> base_url(const Request& request) const;
  [[nodiscard]] Response failure(const Error& error, std::string_view session_id) const;

  SessionStore& sessions_;
  const SessionApiConfig config_;
  const Context context_;
};

/// The token of an "Authorization: Bearer" header; empty when there is none.
[[nodiscard]] std::string_view bearer_token(const Request& request) noexcept;

}  // namespace streamkit::server

#pragma once

#include <cstdint>
#include <functional>
#include <streamkit/core/context.hpp>
#include <streamkit/live/sessions.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/server/access_control.hpp>
#include "server/status_api.hpp"

namespace streamkit::server {

struct SessionApiOptions {
  /// The base of every URL in a response; empty: the scheme and host of the request.
  std::string public_url = {};
  std::string bucket;
  std::string region;
  /// True when ending a session needs its control token. Renewal always does.
  bool end_needs_control_token = false;
  /// If false, no new sessions are created (503).
  bool streaming_enabled = true;
  /// Returns whether the disk has room for new streams; if not, no sessions are created (503).
  /// Empty: it always has.
  std::function<bool()> has_room = {};
  /// True when responses contain the URL of the watch page.
  bool watch_page = false;
};

/// Serves POST /stream_sessions, POST /stream_sessions/{id}/end, PATCH and GET
/// /stream_sessions/{id},
/// POST /stream_sessions/{id}/credentials, GET /stream_sessions/{id}/events.
/// Thread-safety: every method may be called from any thread, concurrently.
class SessionApi {
 public:
  /// The largest body of these calls.
  static constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;

  /// All references must outlive this object.
  SessionApi(live::Sessions& sessions, AccessControl& access, StatusApi& status,
             SessionApiOptions options, Context context)
      : sessions_(sessions),
        access_(access),
        status_(status),
        options_(std::move(options)),
        context_(context) {}

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  [[nodiscard]] http::Response create(const http::RequestHead& request, std::string_view body);
  [[nodiscard]] http::Response end(const http::RequestHead& request, std::string_view session_id);
  [[nodiscard]] http::Response patch(const http::RequestHead& request, std::string_view session_id,
                                     std::string_view body);
  [[nodiscard]] http::Response renew(const http::RequestHead& request, std::string_view session_id);
  [[nodiscard]] http::Response failure(const Error& error, std::string_view session_id) const;

  live::Sessions& sessions_;
  AccessControl& access_;
  StatusApi& status_;
  const SessionApiOptions options_;
  const Context context_;
};

}  // namespace streamkit::server

#pragma once

#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/client_slots.hpp>
#include <streamkit/http/message.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/viewers.hpp>
#include <streamkit/server/access_control.hpp>

namespace streamkit::server {

/// Returns the topic of Server::wake() for changes of the session.
[[nodiscard]] std::string session_topic(std::string_view session_id);

/// Serves the status of a stream, once or as a feed of server-sent events: GET
/// /stream_sessions/{id} and /stream_sessions/{id}/events for its owner, GET /stream/{id}/events
/// for everybody.
/// Source: HTML Living Standard, "Server-sent events".
/// Thread-safety: every method may be called from any thread, concurrently.
class StatusApi {
 public:
  /// The number of owner feeds that one client may have open concurrently.
  static constexpr std::size_t kFeedsPerClient = 10;

  /// The arguments passed by reference must outlive this object and its feeds. `public_url` is as
  /// in base_url().
  StatusApi(live::ManifestService& playlists, live::ViewerCounts& viewers, AccessControl& access,
            std::string public_url, Context context);

  /// Precondition of all functions below: GET or HEAD, and a valid session id.
  [[nodiscard]] http::Response status(const http::RequestHead& request,
                                      std::string_view session_id);
  [[nodiscard]] http::Response events(const http::RequestHead& request,
                                      std::string_view session_id);
  [[nodiscard]] http::Response public_events(std::string_view session_id);

 private:
  /// Returns the session if the request may access it, otherwise a rejection.
  [[nodiscard]] std::variant<live::ManifestService::SnapshotPtr, http::Response> find(
      std::string_view session_id) const;
  [[nodiscard]] std::variant<live::ManifestService::SnapshotPtr, http::Response> find_own(
      const http::RequestHead& request, std::string_view session_id) const;

  live::ManifestService& playlists_;
  live::ViewerCounts& viewers_;
  AccessControl& access_;
  const std::string public_url_;
  const Context context_;
  http::ClientSlots feeds_{kFeedsPerClient};
};

}  // namespace streamkit::server

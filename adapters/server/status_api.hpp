#pragma once

#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>

#include "server/client_slots.hpp"
#include "server/gate.hpp"
#include "server/http_message.hpp"
#include "server/playlist_service.hpp"
#include "server/viewer_counts.hpp"

namespace streamkit::server {

/// What HttpServer::wake() is told when something of the session changed.
[[nodiscard]] std::string session_topic(std::string_view session_id);

/// How a stream stands, once or as a feed of server-sent events: GET /stream_sessions/{id} and
/// /stream_sessions/{id}/events for its owner, GET /stream/{id}/events for everybody.
/// Source: HTML Living Standard, "Server-sent events".
/// Thread-safety: every method from any thread at once.
class StatusApi {
 public:
  /// Feeds that one client may have of the owner's kind at a time.
  static constexpr std::size_t kFeedsPerClient = 10;

  /// What is lent must outlive this, and feeds too. `public_url` as in base_url().
  StatusApi(PlaylistService& playlists, ViewerCounts& viewers, Gate& gate, std::string public_url,
            Context context);

  /// Precondition of all: GET or HEAD, and a valid session id.
  [[nodiscard]] Response status(const Request& request, std::string_view session_id);
  [[nodiscard]] Response events(const Request& request, std::string_view session_id);
  [[nodiscard]] Response public_events(std::string_view session_id);

 private:
  /// The session, if the request may know of it.
  [[nodiscard]] std::variant<PlaylistService::SnapshotPtr, Response> find(
      std::string_view session_id) const;
  [[nodiscard]] std::variant<PlaylistService::SnapshotPtr, Response> find_own(
      const Request& request, std::string_view session_id) const;

  PlaylistService& playlists_;
  ViewerCounts& viewers_;
  Gate& gate_;
  const std::string public_url_;
  const Context context_;
  ClientSlots feeds_{kFeedsPerClient};
};

}  // namespace streamkit::server

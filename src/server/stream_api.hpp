#pragma once

#include <chrono>
#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/object_store.hpp>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/viewers.hpp>
#include <streamkit/server/access_control.hpp>
#include <streamkit/server/server.hpp>
#include "server/status_api.hpp"

namespace streamkit::server {

/// GET and HEAD /stream/{id}/playlist.m3u8, /stream/{id}/seg_00000.mp4 and /stream/{id}/events, for
/// players anywhere (CORS). Thread-safety: every method from any thread at once.
class StreamApi {
 public:
  struct Parts {
    live::PlaylistService& playlists;
    ObjectStore& objects;
    StatusApi& status;
    live::ViewerCounts& viewers;
    const AccessControl& access;
  };
  /// What `parts` and `context` refer to must outlive this.
  StreamApi(Parts parts, StreamOptions options, Context context);

  /// Their handlers refer to this.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  [[nodiscard]] http::Reply playlist(const http::RequestHead& request, std::string_view session_id);
  [[nodiscard]] http::Response segment(const http::RequestHead& request,
                                       std::string_view session_id, std::uint64_t index);

  [[nodiscard]] http::Response playlist_response(const http::RequestHead& request,
                                                 const live::PlaylistSnapshot& snapshot) const;
  void count_viewer(const http::RequestHead& request, const live::PlaylistSnapshot& snapshot);

  const Parts parts_;
  const StreamOptions options_;
  const Context context_;
  const std::string live_caching_;
  const std::string complete_caching_;
};

}  // namespace streamkit::server

#pragma once

#include <chrono>
#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/object_store.hpp>
#include <string_view>

#include <streamkit/http/message.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/viewers.hpp>
#include "server/access_control.hpp"
#include "server/status_api.hpp"

namespace streamkit::server {

struct StreamApiConfig {
  /// A playlist is held back until it has this many segments: players take an empty one for a
  /// broken stream. 3 suits every player, 1 most, and starts sooner.
  std::uint64_t start_segments = 1;
  /// For this long at most; "?nowait=1" answers at once.
  std::chrono::milliseconds hold{8000};
  /// A held request is looked at this often even if nobody says that something changed.
  std::chrono::milliseconds poll_interval{1000};
  /// How long caches in front may keep a live playlist, and sixty times as long a complete one.
  /// 0: not at all; 1 lets a CDN answer for this server, and shows each segment up to 1 s later.
  std::chrono::seconds playlist_max_age{0};
};

/// GET and HEAD /stream/{id}/playlist.m3u8, /stream/{id}/seg_00000.mp4 and /stream/{id}/events, for
/// players anywhere (CORS). Thread-safety: every method from any thread at once.
class StreamApi {
 public:
  struct Parts {
    live::PlaylistService& playlists;
    ObjectStore& objects;
    StatusApi& status;
    live::ViewerCounts& viewers;
    const Gate& gate;
  };
  /// What is lent must outlive this.
  StreamApi(Parts parts, StreamApiConfig config, Context context);

  /// Whether a request for a segment may wait for the store.
  [[nodiscard]] bool segments_may_block() const noexcept {
    return !parts_.objects.opens_immediately();
  }
  /// `rest` is the path behind "/stream", with its leading slash.
  [[nodiscard]] http::Reply handle(const http::Request& request, std::string_view rest);

 private:
  [[nodiscard]] http::Reply dispatch(const http::Request& request, std::string_view rest);
  [[nodiscard]] http::Reply playlist(const http::Request& request, std::string_view session_id);
  [[nodiscard]] http::Response segment(const http::Request& request, std::string_view session_id,
                                       std::uint64_t index);

  [[nodiscard]] http::Response playlist_response(const http::Request& request,
                                                 const live::PlaylistSnapshot& snapshot) const;
  void count_viewer(const http::Request& request, const live::PlaylistSnapshot& snapshot);

  const Parts parts_;
  const StreamApiConfig config_;
  const Context context_;
  const std::string live_caching_;
  const std::string complete_caching_;
};

/// Lets pages of every origin read the answer.
void allow_any_origin(http::Response& response);

}  // namespace streamkit::server

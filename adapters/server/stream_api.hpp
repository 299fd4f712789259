#pragma once

#include <chrono>
#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/local/disk_object_store.hpp>
#include <string_view>

#include "server/http_message.hpp"
#include "server/playlist_service.hpp"

namespace streamkit::server {

struct StreamApiConfig {
  /// A playlist is held back until it has this many segments: players take an empty one for a
  /// broken stream. 3 suits every player, 1 most, and starts sooner.
  std::uint64_t start_segments = 1;
  /// For this long at most; "?nowait=1" answers at once.
  std::chrono::milliseconds hold{8000};
  std::chrono::milliseconds poll_interval{100};
};

/// GET and HEAD /stream/{id}/playlist.m3u8 and /stream/{id}/seg_00000.mp4, for players anywhere
/// (CORS). Thread-safety: every method from any thread at once.
class StreamApi {
 public:
  /// What is lent must outlive this.
  StreamApi(PlaylistService& playlists, const local::DiskObjectStore& objects,
            StreamApiConfig config, Context context)
      : playlists_(playlists), objects_(objects), config_(config), context_(context) {}

  /// `rest` is the path behind "/stream", with its leading slash.
  [[nodiscard]] Reply handle(const Request& request, std::string_view rest);

 private:
  [[nodiscard]] Reply dispatch(const Request& request, std::string_view rest);
  [[nodiscard]] Reply playlist(const Request& request, std::string_view session_id);
  [[nodiscard]] Response segment(const Request& request, std::string_view session_id,
                                 std::uint64_t index);

  PlaylistService& playlists_;
  const local::DiskObjectStore& objects_;
  const StreamApiConfig config_;
  const Context context_;
};

/// The answer to GET or HEAD of an open file: 200, 206, 304 or 416, with ETag, Last-Modified and
/// Accept-Ranges. Source: RFC 9110 13.1, 14.
[[nodiscard]] Response file_response(const Request& request, std::shared_ptr<const OpenFile> file,
                                     std::string content_type);

}  // namespace streamkit::server

#pragma once

#include <streamkit/live/playlist_manifest.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// Returns the URL of a session's playlist: `/stream/{session_id}/playlist.m3u8` after `base`.
[[nodiscard]] inline std::string playlist_url(std::string_view base, std::string_view session_id) {
  return std::string(base)
      .append("/stream/")
      .append(session_id)
      .append("/")
      .append(live::kMediaPlaylistName);
}

}  // namespace streamkit::server

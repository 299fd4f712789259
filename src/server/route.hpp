#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::server {

/// What a request is about, by its path alone.
enum class Route {
  Create,    ///< /stream_sessions
  Control,   ///< /stream_sessions/{id}...
  Playlist,  ///< /stream/{id}/playlist.m3u8
  Segment,   ///< /stream/{id}/seg_...
  Events,    ///< /stream/{id}/events
  Watch,     ///< /watch...
  Health,    ///< /healthz...
  Metrics,   ///< /metrics
  Objects,   ///< The S3 endpoint.
  Other
};
inline constexpr std::size_t kRouteCount = static_cast<std::size_t>(Route::Other) + 1;

/// The name that metrics use, as in "playlist".
[[nodiscard]] constexpr std::string_view to_string(Route route) noexcept {
  constexpr std::array<std::string_view, kRouteCount> kNames = {
      "create", "control", "playlist", "segment", "events",
      "watch",  "health",  "metrics",  "s3",      "other"};
  return kNames[static_cast<std::size_t>(route)];
}

/// Of every path but those of the S3 endpoint, which s3::Endpoint claims.
[[nodiscard]] Route route_of(std::string_view path) noexcept;

/// What stands behind the first segment of a path, with its leading slash; empty for "/first".
[[nodiscard]] std::string_view behind_first_segment(std::string_view path) noexcept;

}  // namespace streamkit::server

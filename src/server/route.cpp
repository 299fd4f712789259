#include "server/route.hpp"

namespace streamkit::server {

std::string_view behind_first_segment(std::string_view path) noexcept {
  const auto slash = path.find('/', 1);
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash);
}

Route route_of(std::string_view path) noexcept {
  const auto rest = behind_first_segment(path);
  const auto first = path.substr(0, path.size() - rest.size());
  if (first == "/stream") {
    if (path.ends_with("/playlist.m3u8")) return Route::Playlist;
    if (path.ends_with("/events")) return Route::Events;
    return Route::Segment;
  }
  if (first == "/stream_sessions") return rest.size() <= 1 ? Route::Create : Route::Control;
  if (first == "/watch") return Route::Watch;
  if (first == "/healthz") return Route::Health;
  if (path == "/metrics") return Route::Metrics;
  return Route::Other;
}

}  // namespace streamkit::server

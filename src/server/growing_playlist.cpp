#include "server/growing_playlist.hpp"

#include <algorithm>
#include <streamkit/live/playlist_manifest.hpp>

#include "server/status_api.hpp"

namespace streamkit::server {
namespace {

// Shaka Player gives up after 5 s without a byte, GStreamer after 15 s.
constexpr std::chrono::seconds kLongestSilence(2);

}  // namespace

std::optional<std::string> GrowingPlaylist::next(TimePoint now) {
  if (ends_) return {};
  std::string more;
  const auto found = playlists_.find(session_id_, live::kMediaPlaylistName);
  if (found) {
    const auto& snapshot = **found;
    const auto& text = *snapshot.text();
    more = text.substr(std::min(sent_bytes_, text.size()));
    sent_bytes_ = std::max(sent_bytes_, text.size());
    ends_ = snapshot.complete() || snapshot.segments() >= start_segments_;
  }
  const bool removed = !found && found.error().code == ErrorCode::NotFound;
  ends_ = ends_ || removed || now >= until_;
  if (more.empty() && ends_) return {};
  if (more.empty() && now - sent_at_ < kLongestSilence) return more;
  if (more.empty()) more = "\n";
  sent_at_ = now;
  return more;
}

http::EventStream GrowingPlaylist::body(std::shared_ptr<GrowingPlaylist> playlist) {
  auto topic = session_topic(playlist->session_id_);
  return {.next = [playlist = std::move(
                       playlist)] { return playlist->next(std::chrono::steady_clock::now()); },
          .topic = std::move(topic),
          .interval = kLongestSilence};
}

}  // namespace streamkit::server

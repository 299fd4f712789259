#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/live/manifest_service.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::server {

/// The text of a playlist with too few segments for a player to start, sent as it grows until it
/// has enough. Players and proxies give up after a time without a byte, and with long chunks that
/// time is shorter than the wait for all segments that a player needs; so each segment is sent when
/// it is listed, and an empty line, which players ignore (RFC 8216 section 4.1), in between.
/// Thread-safety: none; one thread at a time.
class GrowingPlaylist {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Ends with `start_segments` segments, or at `until` with what is listed. `playlists` must
  /// outlive this object.
  GrowingPlaylist(live::ManifestService& playlists, std::string session_id,
                  std::uint64_t start_segments, TimePoint until)
      : playlists_(playlists),
        session_id_(std::move(session_id)),
        start_segments_(start_segments),
        until_(until) {}

  /// Returns what EventStream::next() must return. `now` is the current time.
  [[nodiscard]] std::optional<std::string> next(TimePoint now);

  /// Returns the body that sends it.
  static http::EventStream body(std::shared_ptr<GrowingPlaylist> playlist);

 private:
  live::ManifestService& playlists_;
  const std::string session_id_;
  const std::uint64_t start_segments_;
  const TimePoint until_;
  std::size_t sent_bytes_ = 0;
  TimePoint sent_at_ = {};
  bool ends_ = false;
};

}  // namespace streamkit::server

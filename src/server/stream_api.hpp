#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
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
#include "server/compressed_texts.hpp"
#include "server/status_api.hpp"

namespace streamkit::server {

/// Serves GET and HEAD /stream/{id}/playlist.m3u8, /stream/{id}/seg_00000.mp4 and
/// /stream/{id}/events, for players of any origin (CORS).
/// Thread-safety: every method may be called from any thread, concurrently.
class StreamApi {
 public:
  struct Parts {
    live::ManifestService& playlists;
    ObjectStore& objects;
    StatusApi& status;
    live::ViewerCounts& viewers;
    const AccessControl& access;
  };
  /// The targets of `parts` and `context` must outlive this object.
  StreamApi(Parts parts, StreamOptions options, Context context);

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

  /// Compresses the session's playlist if a compressed one was requested before, so that viewers do
  /// not wait for it. Called when the session changed or was removed.
  void playlist_changed(std::string_view session_id);

 private:
  // As many sessions as a ManifestService keeps by default.
  static constexpr std::size_t kMaxCompressed = 1024;

  [[nodiscard]] http::Reply playlist(const http::RequestHead& request, std::string_view session_id);
  [[nodiscard]] std::optional<http::Reply> hold(const http::RequestHead& request,
                                                const live::ManifestSnapshot& snapshot,
                                                std::uint64_t start_segments) const;
  [[nodiscard]] std::optional<http::Reply> await_next(const http::RequestHead& request,
                                                      const live::ManifestSnapshot& snapshot) const;
  [[nodiscard]] http::Response growing_response(const http::RequestHead& request,
                                                const live::ManifestSnapshot& snapshot,
                                                std::uint64_t start_segments,
                                                std::chrono::steady_clock::time_point until) const;
  [[nodiscard]] http::Response segment(const http::RequestHead& request,
                                       std::string_view session_id, std::uint64_t index);

  [[nodiscard]] http::Response playlist_response(const http::RequestHead& request,
                                                 const live::ManifestSnapshot& snapshot);
  void count_viewer(const http::RequestHead& request, const live::ManifestSnapshot& snapshot) const;

  const Parts parts_;
  const StreamOptions options_;
  const Context context_;
  const std::string live_caching_;
  const std::string complete_caching_;
  CompressedTexts compressed_{kMaxCompressed};
};

}  // namespace streamkit::server

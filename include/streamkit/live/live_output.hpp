#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/live/live_manifests.hpp>
#include <streamkit/live/live_tracks.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::live {

struct STREAMKIT_API LiveOutputOptions {
  LiveTracksOptions tracks = {};
  LiveManifestsOptions manifests = {};
  /// Called after a track has a new part or segment, or has ended, with the name of the track.
  std::function<void(std::string_view track)> on_change = {};
  /// As LiveTracksHooks::on_complete and on_unlisted.
  std::function<void(LiveSegmentFile)> on_complete = {};
  std::function<void(std::size_t track, std::uint64_t number)> on_unlisted = {};
};

/// Holds all that players may load of one live stream: its media, playlists and manifests.
/// Thread-safety: as its parts.
class STREAMKIT_API LiveOutput {
 public:
  /// `tracks` are the names of the tracks. The targets of `context` must outlive this object.
  LiveOutput(std::vector<std::string> tracks, LiveOutputOptions options, Context context);

  [[nodiscard]] LiveTracks& tracks() noexcept { return tracks_; }
  [[nodiscard]] LiveManifests& manifests() noexcept { return manifests_; }

 private:
  const std::vector<std::string> names_;
  const std::function<void(std::string_view track)> on_change_;
  LiveTracks tracks_;
  LiveManifests manifests_;
};

/// The live streams whose media this process has, by their ids.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API LiveDirectory {
 public:
  /// Adds a stream, or replaces the one of this id.
  void add(std::string id, std::shared_ptr<LiveOutput> output);
  /// Removes the stream, unless it has another output by now.
  void remove(std::string_view id, const std::shared_ptr<LiveOutput>& output);
  /// Returns null for an unknown stream.
  [[nodiscard]] std::shared_ptr<LiveOutput> find(std::string_view id) const;

 private:
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::shared_ptr<LiveOutput>, std::less<>> streams_;
};

}  // namespace streamkit::live

#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/live/live_tracks.hpp>
#include <string>
#include <string_view>

namespace streamkit::live {

/// The live streams whose media this process has, by their ids.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API LiveDirectory {
 public:
  /// Adds a stream, or replaces the one of this id.
  void add(std::string id, std::shared_ptr<LiveTracks> tracks);
  void remove(std::string_view id);
  /// Returns null for an unknown stream.
  [[nodiscard]] std::shared_ptr<LiveTracks> find(std::string_view id) const;

 private:
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::shared_ptr<LiveTracks>, std::less<>> streams_;
};

}  // namespace streamkit::live

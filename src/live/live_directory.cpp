#include <mutex>
#include <streamkit/live/live_directory.hpp>
#include <utility>

namespace streamkit::live {

void LiveDirectory::add(std::string id, std::shared_ptr<LiveTracks> tracks) {
  std::unique_lock lock(mutex_);
  streams_[std::move(id)] = std::move(tracks);
}

void LiveDirectory::remove(std::string_view id) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(id);
  if (found != streams_.end()) streams_.erase(found);
}

std::shared_ptr<LiveTracks> LiveDirectory::find(std::string_view id) const {
  std::shared_lock lock(mutex_);
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

}  // namespace streamkit::live

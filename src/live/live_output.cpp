#include <mutex>
#include <streamkit/live/live_output.hpp>
#include <utility>

namespace streamkit::live {

LiveOutput::LiveOutput(std::vector<std::string> tracks, LiveOutputOptions options, Context context)
    : names_(tracks),
      on_change_(std::move(options.on_change)),
      tracks_(std::move(tracks), options.tracks,
              {.on_change =
                   [this](std::size_t track) {
                     manifests_.note_change(track);
                     if (on_change_) on_change_(names_[track]);
                   },
               .on_complete = std::move(options.on_complete),
               .on_unlisted = std::move(options.on_unlisted)},
              context),
      manifests_(tracks_, std::move(options.manifests), context) {}

void LiveDirectory::add(std::string id, std::shared_ptr<LiveOutput> output) {
  std::unique_lock lock(mutex_);
  streams_[std::move(id)] = std::move(output);
}

void LiveDirectory::remove(std::string_view id, const std::shared_ptr<LiveOutput>& output) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(id);
  if (found != streams_.end() && found->second == output) streams_.erase(found);
}

std::shared_ptr<LiveOutput> LiveDirectory::find(std::string_view id) const {
  std::shared_lock lock(mutex_);
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

}  // namespace streamkit::live

#include "desktop/audio_queue.hpp"

#include <utility>

namespace streamkit::desktop {

void AudioQueue::push(LiveAudio run) {
  {
    std::lock_guard lock(mutex_);
    if (items_.size() >= most_runs_) {
      lost_ = true;
      return;
    }
    run.gap_before = std::exchange(lost_, false) || run.gap_before;
    items_.emplace_back(std::move(run));
  }
  changed_.notify_all();
}

void AudioQueue::push(InputEvent event) {
  {
    std::lock_guard lock(mutex_);
    items_.emplace_back(std::move(event));
  }
  changed_.notify_all();
}

Result<LiveAudioItem> AudioQueue::pop(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return !items_.empty(); });
  if (stop.stop_requested() || items_.empty()) {
    return Error{ErrorCode::Cancelled, "capture stopped"};
  }
  Result<LiveAudioItem> item(std::move(items_.front()));
  items_.pop_front();
  return item;
}

}  // namespace streamkit::desktop

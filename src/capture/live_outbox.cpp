#include "capture/live_outbox.hpp"

#include <algorithm>
#include <utility>

namespace streamkit::capture {
namespace {

// Half the shortest chunk: each chunk contains a whole such interval.
constexpr MediaTime kKeptEvery = std::chrono::milliseconds(250);

}  // namespace

bool LiveOutbox::has_room() const {
  std::lock_guard lock(mutex_);
  return audio_end_ - audio_taken_ < most_audio_;
}

bool LiveOutbox::push(VideoFrame frame) {
  bool dropped = false;
  {
    std::lock_guard lock(mutex_);
    const MediaTime before = frames_end_ - frame.duration;
    const bool is_kept = frame.pts == MediaTime{0} || frame.pts / kKeptEvery != before / kKeptEvery;
    frames_end_ = frame.pts + frame.duration;
    const bool is_full = frames_.size() >= most_frames_;
    if (is_full && policy_ == DropPolicy::Newest && !is_kept) {
      dropped = true;
    } else {
      dropped = is_full && policy_ == DropPolicy::Oldest && make_room();
      frames_.push_back({std::move(frame), is_kept});
    }
  }
  changed_.notify_all();
  return dropped;
}

bool LiveOutbox::make_room() {
  const auto oldest = std::find_if(frames_.begin(), frames_.end(),
                                   [](const Waiting& waiting) { return !waiting.is_kept; });
  if (oldest == frames_.end()) return false;
  frames_.erase(oldest);
  return true;
}

void LiveOutbox::push(AudioFrame audio) {
  {
    std::lock_guard lock(mutex_);
    audio_end_ = audio.pts + audio.duration();
    audio_.push_back(std::move(audio));
  }
  changed_.notify_all();
}

void LiveOutbox::finish(std::optional<Error> failure) {
  {
    std::lock_guard lock(mutex_);
    finished_ = true;
    failure_ = std::move(failure);
  }
  changed_.notify_all();
}

Result<SourceItem> LiveOutbox::pop(std::stop_token stop) {
  std::optional<Result<SourceItem>> item;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] {
    item = take();
    return item.has_value();
  });
  if (!item) return Error{ErrorCode::Cancelled, "capture stopped"};
  return *std::move(item);
}

// The next item is known once nothing earlier can come on the other track.
std::optional<Result<SourceItem>> LiveOutbox::take() {
  const MediaTime next_audio = audio_.empty() ? audio_end_ : audio_.front().pts;
  const MediaTime next_frame = frames_.empty() ? frames_end_ : frames_.front().frame.pts;
  if (!frames_.empty() && (next_frame <= next_audio || (finished_ && audio_.empty()))) {
    SourceItem item = std::move(frames_.front().frame);
    frames_.pop_front();
    return item;
  }
  if (!audio_.empty() && (next_audio < next_frame || (finished_ && frames_.empty()))) {
    AudioFrame audio = std::move(audio_.front());
    audio_.pop_front();
    audio_taken_ = audio.pts + audio.duration();
    return SourceItem{std::move(audio)};
  }
  if (!finished_) return {};
  if (failure_) return Result<SourceItem>(*failure_);
  return SourceItem{EndOfStream{}};
}

}  // namespace streamkit::capture

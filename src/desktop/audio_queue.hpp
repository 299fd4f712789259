#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <streamkit/core/live_input.hpp>

namespace streamkit::desktop {

/// Hands audio from a audio server's thread, which must not wait, to the reader. While it is full,
/// audio is dropped, and what comes next has `gap_before`.
/// Thread-safety: one writer, one reader, concurrently.
class AudioQueue {
 public:
  explicit AudioQueue(std::size_t most_runs) : most_runs_(most_runs) {}

  void push(LiveAudio run);
  /// Events are few, and never dropped.
  void push(InputEvent event);
  /// Blocks until an item is there; woken by `stop`. Errors: Cancelled.
  Result<LiveAudioItem> pop(std::stop_token stop);

 private:
  const std::size_t most_runs_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<LiveAudioItem> items_;
  bool lost_ = false;
};

}  // namespace streamkit::desktop

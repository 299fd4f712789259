#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit::capture {

/// Hands frames and runs of audio from the timeline to the reader, in the order of their
/// timestamps. Bounded: frames are dropped by policy, but for the first of each quarter of a
/// second; the writer has to ask whether there is room for audio.
/// Thread-safety: one writer and one reader, concurrently.
class LiveOutbox {
 public:
  LiveOutbox(std::size_t most_frames, MediaTime most_audio, DropPolicy policy)
      : most_frames_(most_frames), most_audio_(most_audio), policy_(policy) {}

  [[nodiscard]] bool has_room() const;
  /// Returns whether a frame, this or another, was dropped.
  bool push(VideoFrame frame);
  void push(AudioFrame audio);
  /// Ends the stream, with an error if there is one, after what was pushed.
  void finish(std::optional<Error> failure);

  /// Blocks until the next item is there; woken by `stop`.
  /// Errors: that of finish(); Cancelled.
  Result<SourceItem> pop(std::stop_token stop);

 private:
  struct Waiting {
    VideoFrame frame;
    bool is_kept = false;
  };
  std::optional<Result<SourceItem>> take();
  bool make_room();

  const std::size_t most_frames_;
  const MediaTime most_audio_;
  const DropPolicy policy_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<Waiting> frames_;
  std::deque<AudioFrame> audio_;
  MediaTime frames_end_{0};
  MediaTime audio_end_{0};
  MediaTime audio_taken_{0};
  bool finished_ = false;
  std::optional<Error> failure_;
};

}  // namespace streamkit::capture

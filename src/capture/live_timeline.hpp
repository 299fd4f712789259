#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/capture/live_source.hpp>
#include <string>
#include <vector>

#include "capture/picture_slots.hpp"
#include "capture/sound_mix.hpp"

namespace streamkit::capture {

/// Computes what LiveSource returns. Without threads and waiting: each call takes the time that it
/// is now, so that tests decide what happens when.
/// Thread-safety: one thread at a time.
class LiveTimeline {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  /// `black` is shown until the first frame; its format is that of the output.
  LiveTimeline(LiveSourceOptions options, VideoFrame black, const std::vector<AudioFormat>& audio,
               CaptureTime now);

  /// Begins the wait for the first frame, which otherwise begins with the construction.
  void start(CaptureTime now) noexcept { started_ = now; }
  void push(LiveFrame frame, CaptureTime now);
  void push(std::size_t input, const LiveAudio& run, CaptureTime now);
  void note(const InputEvent& event, CaptureTime now);
  /// Has the stream end after `ended_wait`, with an error if there is one.
  void end_video(std::optional<Error> failure, CaptureTime now);

  /// Items of the output, each track in order.
  struct Output {
    std::vector<VideoFrame> frames;
    std::vector<AudioFrame> audio;
    bool finished = false;
    std::optional<Error> failure;
  };
  /// Returns what is due and has not been returned.
  Output advance(CaptureTime now);

  void pause(bool paused) noexcept { paused_ = paused; }
  [[nodiscard]] SoundMix& mix() noexcept { return mix_; }
  /// Returns all but what was dropped.
  [[nodiscard]] LiveSourceStats stats() const;

 private:
  [[nodiscard]] Nanoseconds stream_time(CaptureTime time) const { return time - *origin_; }
  [[nodiscard]] Nanoseconds next_audio() const;
  void begin_at(CaptureTime time);
  void cut_long_gap(CaptureTime now);
  void watch_for_end(CaptureTime now);
  void end_at(Nanoseconds time);
  void show_frames(Nanoseconds now, Output& output);
  void play_audio(Nanoseconds now, Output& output);
  [[nodiscard]] bool audio_is_due(Nanoseconds now) const;
  void lose_video(const std::string& message, CaptureTime now);

  const LiveSourceOptions options_;
  const VideoFrame black_;
  CaptureTime started_;
  PictureSlots slots_;
  SoundMix mix_;
  // The capture time that is time 0; moved by cuts.
  std::optional<CaptureTime> origin_;
  std::optional<CaptureTime> last_advance_;
  bool is_cutting_ = false;
  std::optional<CaptureTime> last_frame_;
  std::int64_t audio_runs_ = 0;
  bool paused_ = false;
  std::optional<VideoFrame> frozen_;
  std::optional<CaptureTime> lost_since_;
  std::optional<CaptureTime> ended_since_;
  std::optional<std::int64_t> end_slot_;
  std::optional<Error> failure_;
  bool finished_ = false;
  LiveSourceStats stats_;
};

}  // namespace streamkit::capture

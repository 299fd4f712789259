#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit::capture_tool {

/// What a person can change while a source is read, and what can be seen of it.
/// Thread-safety: read() from one thread, everything else from any.
class ControlledSource final : public Source {
 public:
  /// `source` must outlive it. Ends with the frame at the end of `duration`, both tracks alike; 0:
  /// when `source` ends.
  ControlledSource(Source& source, MediaTime duration);

  /// Returns each frame at its time on `clock`, counted from the first. For sources that do not
  /// wait by themselves. Call it before the first read(); `clock` must outlive the source.
  void pace(Clock& clock) noexcept { clock_ = &clock; }

  [[nodiscard]] const SourceFormat& format() const noexcept override { return source_.format(); }
  Result<SourceItem> read(std::stop_token stop) override;

  /// While paused, the last frame and silence are returned in place of what is read.
  void pause(bool paused) noexcept { paused_ = paused; }
  [[nodiscard]] bool paused() const noexcept { return paused_; }
  void set_audio(double level, bool muted) noexcept;
  [[nodiscard]] double level() const noexcept { return level_; }
  [[nodiscard]] bool muted() const noexcept { return muted_; }

  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  /// Returns where the last frame ends.
  [[nodiscard]] MediaTime end() const noexcept { return MediaTime{end_.load()}; }
  /// Returns the frame that was returned last; empty before the first. Copies share its pixels.
  [[nodiscard]] std::optional<VideoFrame> last_frame() const;
  /// Returns the highest sample since the last call, before level and mute, 0 to 1.
  double take_peak() noexcept { return peak_.exchange(0); }

 private:
  Result<void> wait_for(MediaTime pts, std::stop_token stop);
  VideoFrame shown(VideoFrame frame);
  AudioFrame heard(AudioFrame audio);
  // Cuts audio at the end of the last frame.
  void limit(AudioFrame& audio);

  Source& source_;
  const MediaTime limit_;  // where the last frame ends; 0: nowhere
  Clock* clock_ = nullptr;
  // Where time 0 of the stream is on the clock.
  std::optional<std::chrono::steady_clock::time_point> origin_;
  mutable std::mutex mutex_;
  std::optional<VideoFrame> last_;  // Guarded by mutex_.
  bool frames_over_ = false;
  bool audio_over_ = false;
  std::atomic<bool> paused_{false};
  std::atomic<double> level_{1};
  std::atomic<bool> muted_{false};
  std::atomic<std::uint64_t> frames_{0};
  std::atomic<std::int64_t> end_{0};
  std::atomic<double> peak_{0};
};

}  // namespace streamkit::capture_tool

#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/capture/live_stats.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/retry.hpp>
#include <string>
#include <thread>
#include <variant>

#include "capture/live_clock.hpp"
#include "capture/live_sound_decoder.hpp"
#include "media/input_file.hpp"
#include "media/picture_decoder.hpp"
#include "media/track_decoder.hpp"

namespace streamkit::capture {

/// What a live connection reads, and what it does when that breaks.
struct LiveOrigin {
  std::function<Result<std::unique_ptr<media::InputFile>>(std::stop_token)> open;
  /// Waits for its time, or is a device.
  bool is_paced = true;
  std::chrono::milliseconds give_up_after{0};
  RetryPolicy backoff = {};
  /// Of the frames. Empty: that of the first connection.
  std::optional<media::PictureSize> size = {};
  /// The most packets of a track that wait for its reader.
  std::size_t most_packets = 0;
  std::size_t most_bytes = 0;
  Context context = {};
};

/// A connection, or a device, as its readers see it: decoders and a clock of its own.
struct LiveBegin {
  std::unique_ptr<media::TrackDecoder> pictures;
  std::unique_ptr<LiveSoundDecoder> sound;
  std::shared_ptr<LiveClock> clock;
};

using LiveItem = std::variant<media::PacketPtr, LiveBegin, InputEvent, EndOfStream, Error>;

/// Reads a live stream or a device on a thread of its own, and connects again when it breaks. Each
/// track has a bounded queue. If a reader does not take its packets while the other waits, its
/// oldest ones are dropped.
/// Thread-safety: one reader per track, concurrently; the rest from any thread.
class LiveConnection {
 public:
  /// Opens the first connection. `stop` ends only this call.
  static Result<std::shared_ptr<LiveConnection>> open(LiveOrigin origin, std::stop_token stop);
  ~LiveConnection();

  /// Of the first connection; empty if there is no such track.
  [[nodiscard]] const std::optional<VideoFormat>& video() const noexcept { return video_; }
  [[nodiscard]] bool has_audio() const noexcept { return has_audio_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Returns the next item of a track. Blocks; woken by `stop`. After an error or the end, returns
  /// the same again.
  /// Errors: Cancelled.
  Result<LiveItem> next(TrackKind track, const std::stop_token& stop);
  /// Blocks until media of this timestamp is due. Returns its time; no value if it is too old.
  /// Errors: Cancelled.
  Result<std::optional<CaptureTime>> wait_for(const LiveClock& clock, MediaTime time,
                                              const std::stop_token& stop);
  /// Media of this length is missing in what was shown.
  void count_gap(std::chrono::nanoseconds length);
  /// The track will not be read any more.
  void leave_out(TrackKind track);
  [[nodiscard]] LiveStats stats() const;

 private:
  struct Queue {
    std::deque<LiveItem> items;
    std::size_t packets = 0;
    std::size_t bytes = 0;
    bool left_out = false;
    bool waits = false;  // its reader has nothing to read
    CaptureTime taken_at{};
    bool wants_keyframe = true;  // packets before it cannot be decoded
  };

  explicit LiveConnection(LiveOrigin origin) : origin_(std::move(origin)) {}
  [[nodiscard]] Clock& clock() const { return origin_.context.clock_or_system(); }
  [[nodiscard]] CaptureTime now() const { return clock().steady_now(); }
  Queue& queue(TrackKind track) { return queues_[track == TrackKind::Video ? 0 : 1]; }

  void run(const std::stop_token& stop);
  Result<void> begin(media::InputFile& file);
  [[nodiscard]] media::PictureOptions picture_options(bool first) const;
  std::optional<Error> read_all(const std::stop_token& stop);
  void take(media::PacketPtr packet, const std::stop_token& stop);
  [[nodiscard]] bool is_full(const Queue& queue) const;
  void drop_oldest(Queue& queue);
  void report_loss(const Error& reason);
  bool reconnect(const Error& reason, const std::stop_token& stop);
  [[nodiscard]] Error given_up(const Error& last) const;
  Result<std::unique_ptr<media::InputFile>> open_again(const std::stop_token& stop);
  Result<bool> resume(std::unique_ptr<media::InputFile> file);
  void publish(TrackKind track, LiveItem item);
  void publish_event(InputState state, const std::string& message);
  void publish_end(const std::optional<Error>& failure);
  [[nodiscard]] std::chrono::milliseconds buffered() const;
  void report_buffer();

  const LiveOrigin origin_;
  std::string name_;
  std::optional<VideoFormat> video_;
  bool has_audio_ = false;

  // Of the thread.
  std::unique_ptr<media::InputFile> file_;
  CaptureTime began_{};
  CaptureTime last_data_{};
  CaptureTime reported_at_{};
  int attempt_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::shared_ptr<LiveClock> clock_;
  std::array<Queue, 2> queues_;
  MediaTime newest_{0};
  LiveStats stats_;

  std::jthread thread_;
};

}  // namespace streamkit::capture

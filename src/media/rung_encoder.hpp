#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <thread>
#include <vector>

#include "media/encoder_backend.hpp"
#include "media/video_encoder.hpp"

namespace streamkit::media {

/// Encodes one rung of a ladder on a thread of its own.
class RungEncoder {
 public:
  /// Takes what was encoded, or why encoding ended, on the encoder's thread.
  using Output = std::function<void(Result<std::vector<Packet>>)>;

  static Result<std::unique_ptr<RungEncoder>> open(const EncoderOptions& options,
                                                   const VideoFormat& source,
                                                   std::size_t max_waiting_frames, Output output);
  ~RungEncoder();
  RungEncoder(const RungEncoder&) = delete;
  RungEncoder& operator=(const RungEncoder&) = delete;

  [[nodiscard]] const VideoTrack& track() const noexcept { return track_; }
  /// Takes a frame, or drops it if too many wait: the next one is then a keyframe if this was to be
  /// one. By one thread.
  void offer(const VideoFrame& frame, bool keyframe);
  /// Counts frames that never came to be decoded.
  void count_dropped(std::uint64_t frames) noexcept { dropped_ += frames; }
  /// Encodes what waits, then ends. Blocks.
  void finish();
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Item {
    VideoFrame frame;
    bool keyframe = false;
  };

  RungEncoder(const EncoderBackend& backend, EncoderOptions options, const VideoFormat& source,
              std::size_t max_waiting_frames, Output output);
  void run(const std::stop_token& stop);
  Result<void> encode(const Item& item, std::vector<Packet>& packets);
  Result<void> start_over(std::vector<Packet>& packets);

  const EncoderBackend backend_;
  const EncoderOptions options_;
  const VideoFormat source_;
  const std::size_t max_waiting_frames_;
  const Output output_;
  VideoTrack track_;
  BoundedQueue<Item> waiting_;
  bool keyframe_missed_ = false;  // of the thread that offers
  std::atomic<std::uint64_t> frames_{0};
  std::atomic<std::uint64_t> dropped_{0};
  // Of the encoder's thread.
  std::unique_ptr<VideoEncoder> encoder_;
  std::optional<MediaTime> last_;
  std::jthread thread_;
};

}  // namespace streamkit::media

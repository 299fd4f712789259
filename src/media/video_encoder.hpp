#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <vector>

#include "media/encoder_backend.hpp"
#include "media/encoder_input.hpp"
#include "media/encoder_output.hpp"
#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// The video part of a stream encoder: scaling and one of FFmpeg's encoders.
class VideoEncoder {
 public:
  /// Precondition: options and format have been checked.
  static Result<std::unique_ptr<VideoEncoder>> open(const EncoderBackend& backend,
                                                    const EncoderOptions& options,
                                                    const VideoFormat& source);
  [[nodiscard]] const VideoTrack& track() const noexcept { return track_; }
  Result<void> push(const VideoFrame& frame, std::vector<Packet>& packets);
  /// The next frame becomes an IDR. Precondition: opened with a chunk duration.
  void force_keyframe() noexcept { keyframe_forced_ = true; }
  Result<void> flush(std::vector<Packet>& packets);
  /// As Encoder::set_video_bit_rate().
  Result<void> set_bit_rate(int bit_rate_bps);

 private:
  VideoEncoder(const EncoderBackend& backend, const VideoFormat& source)
      : backend_(backend), source_(source) {}
  Result<void> open_any_layout(const EncoderOptions& options);
  Result<void> open_codec(const EncoderOptions& options, AVPixelFormat layout);
  void describe(const EncoderOptions& options);
  Result<void> describe_output(const EncoderOptions& options);
  Result<Bytes> config_of_first_packet(const EncoderOptions& options);
  void set_rate_control(int bit_rate_bps);
  Result<void> encode(const VideoFrame& frame, bool keyframe);
  Result<void> drain(std::vector<Packet>& packets);

  const EncoderBackend backend_;
  VideoFormat source_;
  VideoTrack track_;
  std::optional<ChunkGrid> grid_;  // empty if no keyframes are forced
  std::optional<MediaTime> last_pts_;
  bool keyframe_forced_ = false;
  std::optional<int> next_bit_rate_bps_;  // from the next boundary on
  CodecPtr codec_;
  std::optional<EncoderInput> input_;
  std::unique_ptr<EncoderOutput> output_;  // null for x264 and x265, whose packets are right
};

}  // namespace streamkit::media

#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <vector>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// The video part of a stream encoder: scaling, and libx264 or libx265.
class VideoEncoder {
 public:
  /// Precondition: options and format have been checked.
  static Result<std::unique_ptr<VideoEncoder>> open(const EncoderOptions& options,
                                                    const VideoFormat& source);
  [[nodiscard]] const VideoTrack& track() const noexcept { return track_; }
  Result<void> push(const VideoFrame& frame, std::vector<Packet>& packets);
  Result<void> flush(std::vector<Packet>& packets);
  /// As Encoder::set_video_bit_rate().
  Result<void> set_bit_rate(int bit_rate_bps);

 private:
  VideoEncoder() = default;
  Result<void> open_codec(const EncoderOptions& options);
  Result<FramePtr> picture(const VideoFrame& frame);
  void set_rate_control(int bit_rate_bps);
  Result<void> drain(std::vector<Packet>& packets);

  VideoCodec kind_ = VideoCodec::H264;
  VideoFormat source_;
  VideoTrack track_;
  std::optional<ChunkGrid> grid_;  // empty if no keyframes are forced
  std::optional<MediaTime> last_pts_;
  std::optional<int> next_bit_rate_bps_;  // from the next boundary on
  CodecPtr codec_;
  ScalerPtr scaler_;  // null if the size of the source is kept
};

}  // namespace streamkit::media

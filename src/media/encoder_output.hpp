#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/video_codec.hpp>
#include <vector>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Gives the packets of any encoder the form that libx264 and libx265 give theirs: start codes,
/// colour in the parameter sets, these in band at each IDR, and the timestamps of the frames.
/// The encoder counts frames; what it does to timestamps does not matter.
class EncoderOutput {
 public:
  /// `codec` is open.
  static Result<std::unique_ptr<EncoderOutput>> create(const AVCodecContext& codec,
                                                       VideoCodec kind);
  /// The parameter sets; empty if the encoder states them only in its first packet.
  [[nodiscard]] const Bytes& config() const noexcept { return config_; }
  void set_config(Bytes config) { config_ = std::move(config); }
  /// Returns the timestamp for FFmpeg of the next frame.
  std::int64_t expect(MediaTime pts, MediaTime duration);
  /// Appends what the packet, or null at the end, gives. Errors: Internal (the encoder
  /// reorders frames).
  Result<void> take(AVPacket* packet, std::vector<Packet>& packets);
  /// The number of frames whose packet has not come yet.
  [[nodiscard]] std::size_t missing() const noexcept { return expected_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Frame {
    std::int64_t number;
    MediaTime pts;
    MediaTime duration;
  };

  explicit EncoderOutput(VideoCodec kind) : kind_(kind) {}
  Result<void> open_filter(const AVCodecContext& codec);
  Result<Packet> finished(const AVPacket& packet);

  const VideoCodec kind_;
  BitstreamFilterPtr filter_;
  Bytes config_;
  std::deque<Frame> expected_;
  std::int64_t next_number_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace streamkit::media

#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// The audio part of a stream encoder: AAC-LC, packets of 1024 samples. They begin at the timestamp
/// of the first frame; later timestamps are not looked at, because audio has no gaps.
class AacEncoder {
 public:
  static Result<std::unique_ptr<AacEncoder>> open(const AudioFormat& format, int bit_rate_bps);
  [[nodiscard]] const AudioTrack& track() const noexcept { return track_; }
  Result<void> push(const AudioFrame& frame, std::vector<Packet>& packets);
  /// Fills the last packet with silence.
  Result<void> flush(std::vector<Packet>& packets);

 private:
  AacEncoder() = default;
  Result<void> encode_full_frames(std::vector<Packet>& packets);
  Result<void> encode(std::size_t from, std::vector<Packet>& packets);
  Result<void> drain(std::vector<Packet>& packets);

  AudioTrack track_;
  CodecPtr codec_;
  std::vector<std::vector<float>> pending_;  // per channel; less than one packet between calls
  std::optional<std::int64_t> first_sample_;
  std::int64_t next_sample_ = 0;
};

}  // namespace streamkit::media

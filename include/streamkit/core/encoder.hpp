#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Encodes frames, and audio if it was opened with any, into packets, in one continuous run. The
/// packets of a track come in decoding order.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Encoder {
 public:
  virtual ~Encoder() = default;
  /// Constant for the life of the encoder.
  [[nodiscard]] virtual const Tracks& tracks() const noexcept = 0;
  /// Encodes a frame, which must have the encoder's format and a later timestamp than the one
  /// before.
  /// Errors: InvalidArgument; Internal (a failure of the codec).
  virtual Result<std::vector<Packet>> push(const VideoFrame& frame) = 0;
  virtual Result<std::vector<Packet>> push(const AudioFrame& frame) = 0;
  /// Returns the packets that the encoder still holds. push() must not be called afterwards.
  virtual Result<std::vector<Packet>> flush() = 0;
  /// Changes the target bit rate of the video, from the next chunk boundary on. Frames that were
  /// pushed before keep the old one. The default implementation returns Unsupported.
  /// Errors: Unsupported (this encoder cannot, or was opened without a bit rate); InvalidArgument
  /// (below 10,000 bps).
  virtual Result<void> set_video_bit_rate(int bit_rate_bps);
};

/// Opens an encoder for video of one format. A stereo runner opens one for each segment.
using VideoEncoderFactory = std::function<Result<std::unique_ptr<Encoder>>(const VideoFormat&)>;

}  // namespace streamkit

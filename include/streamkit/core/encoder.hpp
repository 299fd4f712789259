#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Turns pictures, and sound if it was opened with any, into packets, in one continuous run.
/// Packets come in decoding order per track. Thread-safety: one thread at a time.
class STREAMKIT_API Encoder {
 public:
  virtual ~Encoder() = default;
  /// Constant for the life of the encoder.
  [[nodiscard]] virtual const Tracks& tracks() const noexcept = 0;
  /// Frames must have the encoder's format and rising timestamps.
  /// Errors: InvalidArgument; Internal (the codec's own failure).
  virtual Result<std::vector<Packet>> push(const VideoFrame& frame) = 0;
  virtual Result<std::vector<Packet>> push(const AudioFrame& frame) = 0;
  /// The packets still inside. No push may follow.
  virtual Result<std::vector<Packet>> flush() = 0;
};

/// Opens an encoder for video of one format, as a stereo runner needs one for each segment.
using VideoEncoderFactory = std::function<Result<std::unique_ptr<Encoder>>(const VideoFormat&)>;

}  // namespace streamkit

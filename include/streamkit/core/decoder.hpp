#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Decodes the packets of one video track. Frames come upright, of one size, with square pixels.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Decoder {
 public:
  virtual ~Decoder() = default;
  /// The format of every frame.
  [[nodiscard]] virtual const VideoFormat& format() const noexcept = 0;
  /// Takes the next packet in decoding order and returns the frames that it completed, in
  /// presentation order with strictly rising timestamps: often none or one. A packet that cannot be
  /// decoded is skipped, see damaged(). Packets of other tracks are ignored.
  /// Errors: ResourceExhausted (memory); Internal.
  virtual Result<std::vector<VideoFrame>> push(const Packet& packet) = 0;
  /// Returns the frames that are left. No push may follow.
  /// Errors: as push(); CorruptData (not a single frame could be decoded).
  virtual Result<std::vector<VideoFrame>> flush() = 0;
  /// Whether packets pushed so far were damaged and skipped.
  [[nodiscard]] virtual bool damaged() const noexcept { return false; }
};

}  // namespace streamkit

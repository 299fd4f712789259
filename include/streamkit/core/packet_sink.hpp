#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Receives the packets of a stream, as a muxer or a recorder does.
/// Thread-safety: one thread at a time.
class STREAMKIT_API PacketSink {
 public:
  virtual ~PacketSink() = default;
  /// Begins the stream. Call it once, before the first packet.
  /// Errors: Unsupported (a codec that it cannot hold).
  virtual Result<void> open(const Tracks& tracks) = 0;
  /// Writes a packet. The packets of each track come in decoding order; the tracks may interleave
  /// freely.
  virtual Result<void> write(Packet packet) = 0;
};

}  // namespace streamkit

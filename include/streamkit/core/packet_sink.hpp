#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Takes a stream's packets: a muxer, a recorder. Thread-safety: one thread at a time.
class STREAMKIT_API PacketSink {
 public:
  virtual ~PacketSink() = default;
  /// Once, before the first packet. Errors: Unsupported (a codec it cannot hold).
  virtual Result<void> open(const Tracks& tracks) = 0;
  /// Packets of each track in decoding order; the tracks may interleave freely.
  virtual Result<void> write(Packet packet) = 0;
};

}  // namespace streamkit

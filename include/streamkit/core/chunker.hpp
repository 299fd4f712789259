#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Cuts packets into chunks on a ChunkGrid. No packet is lost, duplicated or moved in time.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Chunker {
 public:
  virtual ~Chunker() = default;
  /// Adds a packet. Returns the chunks that it completed: none or one, more after a gap.
  /// Errors: InvalidArgument (a boundary without a keyframe, time running backwards).
  virtual Result<std::vector<Chunk>> push(Packet packet) = 0;
  /// Returns the remaining chunks, usually one. push() must not be called afterwards.
  virtual Result<std::vector<Chunk>> flush() = 0;
};

}  // namespace streamkit

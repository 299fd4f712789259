#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Cuts packets into chunks on a ChunkGrid. No packet is lost, doubled or moved in time.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Chunker {
 public:
  virtual ~Chunker() = default;
  /// The chunks that this packet completed: none or one, more after a gap.
  /// Errors: InvalidArgument (a boundary without keyframe, time running backwards).
  virtual Result<std::vector<Chunk>> push(Packet packet) = 0;
  /// What is left, usually one chunk. No push may follow.
  virtual Result<std::vector<Chunk>> flush() = 0;
};

}  // namespace streamkit

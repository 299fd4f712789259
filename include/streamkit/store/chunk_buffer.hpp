#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// The amount that a buffer of chunks holds.
struct STREAMKIT_API BufferLevel {
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  /// Sum of the chunks' durations.
  MediaTime duration{0};
};

/// Keeps the chunks that were cut and are not stored yet, in the order of their indices.
/// Thread-safety: add() and has_room_for() from one thread, find() and level() from any, the others
/// from one thread at a time; all concurrently.
class STREAMKIT_API ChunkBuffer {
 public:
  virtual ~ChunkBuffer() = default;

  /// Returns whether the bounds of the buffer allow the chunk. An empty buffer has room for any.
  [[nodiscard]] virtual bool has_room_for(const Chunk& chunk) const = 0;
  /// Adds the chunk behind the others, even beyond the bounds. How long it survives depends
  /// on the kind of buffer. Errors: ResourceExhausted (the disk is full); Unavailable.
  virtual Result<void> add(Chunk chunk) = 0;
  /// Returns the chunk that is to be stored next. Precondition: the buffer is not empty.
  /// Errors: CorruptData (damaged on disk); Unavailable.
  virtual Result<std::shared_ptr<const Chunk>> oldest() = 0;
  /// Returns the chunk with this index, so that it can be sent ahead of its turn; null if it is not
  /// in the buffer. The default implementation returns null, and chunks are then sent one by one.
  /// Errors: as oldest().
  virtual Result<std::shared_ptr<const Chunk>> find([[maybe_unused]] std::uint64_t index) {
    return std::shared_ptr<const Chunk>();
  }
  /// Removes the oldest chunk, because it is stored. It is removed also after an error, which means
  /// that it may be back after a restart. Errors: Unavailable; ResourceExhausted.
  virtual Result<void> remove_oldest() = 0;
  [[nodiscard]] virtual BufferLevel level() const = 0;
  /// Called when nothing more will be stored, to free memory. A buffer that survives the process
  /// keeps its chunks. The default implementation has no effect.
  virtual void discard() {}
};

/// Returns a buffer in memory. Its bounds count the chunks behind the one whose turn it is to be
/// sent, as those of UploaderOptions do; `max_bytes` 0: no limit in bytes.
STREAMKIT_API [[nodiscard]] std::unique_ptr<ChunkBuffer> make_memory_buffer(
    std::size_t chunks_ahead, std::uint64_t max_bytes);

}  // namespace streamkit

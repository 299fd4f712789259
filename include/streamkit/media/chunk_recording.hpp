#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Writes the chunks of a stream into one fragmented MP4 file, without encoding or muxing them
/// again. The file plays at any time up to its last chunk, also after a crash.
/// Thread-safety: add() from one thread, the others from any.
class STREAMKIT_API ChunkRecording {
 public:
  /// Creates the file, which must not exist yet. Errors: AlreadyExists; NotFound (its folder);
  /// PermissionDenied; ResourceExhausted; Unsupported (a name that does not end with .mp4).
  static Result<std::unique_ptr<ChunkRecording>> create(std::filesystem::path path);
  /// Removes the file if it holds no chunk.
  virtual ~ChunkRecording() = default;

  /// Appends the next chunk. After an error the file ends with the last complete chunk, and may be
  /// added to again. Errors: InvalidArgument (a chunk without a header); ResourceExhausted (disk
  /// full); Unavailable.
  virtual Result<void> add(const Chunk& chunk) = 0;
  [[nodiscard]] virtual const std::filesystem::path& path() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept = 0;
};

}  // namespace streamkit::media

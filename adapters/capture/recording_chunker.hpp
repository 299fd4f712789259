#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/chunker.hpp>
#include <streamkit/core/error.hpp>
#include <streamkit/media/chunk_recording.hpp>

namespace streamkit::capture_tool {

/// A chunker whose chunks are also written to a local recording, and measured. A recording that
/// fails does not end the stream.
/// Thread-safety: as Chunker; what is const from any thread.
class RecordingChunker final : public Chunker {
 public:
  /// `recording` may be null.
  RecordingChunker(std::unique_ptr<Chunker> chunker,
                   std::unique_ptr<media::ChunkRecording> recording);

  Result<std::vector<Chunk>> push(Packet packet) override;
  Result<std::vector<Chunk>> flush() override;

  /// Returns the bit rate of the last chunk; 0 before it.
  [[nodiscard]] double bits_per_second() const noexcept { return bits_per_second_; }
  /// Returns why the recording has ended early; nothing if it has not.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  void take(const std::vector<Chunk>& chunks);

  const std::unique_ptr<Chunker> chunker_;
  std::unique_ptr<media::ChunkRecording> recording_;
  std::atomic<double> bits_per_second_{0};
  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // Guarded by mutex_.
};

}  // namespace streamkit::capture_tool

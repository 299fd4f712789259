#include "capture/recording_chunker.hpp"

#include <utility>

namespace streamkit::capture_tool {

RecordingChunker::RecordingChunker(std::unique_ptr<Chunker> chunker,
                                   std::unique_ptr<media::ChunkRecording> recording)
    : chunker_(std::move(chunker)), recording_(std::move(recording)) {}

Result<std::vector<Chunk>> RecordingChunker::push(Packet packet) {
  auto chunks = chunker_->push(std::move(packet));
  if (chunks) take(*chunks);
  return chunks;
}

Result<std::vector<Chunk>> RecordingChunker::flush() {
  auto chunks = chunker_->flush();
  if (chunks) take(*chunks);
  return chunks;
}

void RecordingChunker::take(const std::vector<Chunk>& chunks) {
  constexpr double kBitsPerByte = 8;
  for (const Chunk& chunk : chunks) {
    const double seconds = to_seconds(chunk.duration);
    if (seconds > 0) {
      bits_per_second_ = static_cast<double>(chunk.data.size()) * kBitsPerByte / seconds;
    }
    if (!recording_) continue;
    if (auto added = recording_->add(chunk); !added) {
      // A recording with a hole would look complete.
      recording_ = nullptr;
      const std::lock_guard lock(mutex_);
      failure_ = added.error();
    }
  }
}

std::optional<Error> RecordingChunker::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace streamkit::capture_tool

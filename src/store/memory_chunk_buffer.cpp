#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <streamkit/store/chunk_buffer.hpp>

namespace streamkit {
namespace {

class MemoryChunkBuffer final : public ChunkBuffer {
 public:
  MemoryChunkBuffer(std::size_t chunks_ahead, std::uint64_t max_bytes)
      : chunks_ahead_(chunks_ahead), max_bytes_(max_bytes) {}

  bool has_room_for(const Chunk& chunk) const override {
    std::lock_guard lock(mutex_);
    if (chunks_.empty()) return true;
    const std::size_t sending = sending_ ? 1 : 0;
    const std::size_t waiting = chunks_.size() - sending;
    if (waiting >= chunks_ahead_) return false;
    const std::uint64_t waiting_bytes =
        level_.bytes - (sending_ ? chunks_.front()->data.size() : std::size_t{0});
    return max_bytes_ == 0 || waiting == 0 || waiting_bytes + chunk.data.size() <= max_bytes_;
  }

  Result<void> add(Chunk chunk) override {
    std::lock_guard lock(mutex_);
    ++level_.chunks;
    level_.bytes += chunk.data.size();
    level_.duration += chunk.duration;
    chunks_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
    return {};
  }

  Result<std::shared_ptr<const Chunk>> oldest() override {
    std::lock_guard lock(mutex_);
    sending_ = true;
    return chunks_.front();
  }

  Result<void> remove_oldest() override {
    std::lock_guard lock(mutex_);
    --level_.chunks;
    level_.bytes -= chunks_.front()->data.size();
    level_.duration -= chunks_.front()->duration;
    chunks_.pop_front();
    sending_ = false;
    return {};
  }

  BufferLevel level() const override {
    std::lock_guard lock(mutex_);
    return level_;
  }

  void discard() override {
    std::lock_guard lock(mutex_);
    chunks_.clear();
    level_ = {};
    sending_ = false;
  }

 private:
  const std::size_t chunks_ahead_;
  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::deque<std::shared_ptr<const Chunk>> chunks_;
  bool sending_ = false;  // the first of chunks_
  BufferLevel level_;
};

}  // namespace

std::unique_ptr<ChunkBuffer> make_memory_buffer(std::size_t chunks_ahead, std::uint64_t max_bytes) {
  return std::make_unique<MemoryChunkBuffer>(chunks_ahead, max_bytes);
}

}  // namespace streamkit

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
    const bool sending = taken_until_ > chunks_.front()->index;
    const std::size_t waiting = chunks_.size() - (sending ? 1 : 0);
    if (waiting >= chunks_ahead_) return false;
    const std::uint64_t waiting_bytes =
        level_.bytes - (sending ? chunks_.front()->data.size() : std::size_t{0});
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
    return take(0);
  }

  Result<std::shared_ptr<const Chunk>> find(std::uint64_t index) override {
    std::lock_guard lock(mutex_);
    if (chunks_.empty() || index < chunks_.front()->index) return std::shared_ptr<const Chunk>();
    const std::uint64_t place = index - chunks_.front()->index;
    if (place >= chunks_.size()) return std::shared_ptr<const Chunk>();
    return take(static_cast<std::size_t>(place));
  }

  Result<void> remove_oldest() override {
    std::lock_guard lock(mutex_);
    --level_.chunks;
    level_.bytes -= chunks_.front()->data.size();
    level_.duration -= chunks_.front()->duration;
    chunks_.pop_front();
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
  }

 private:
  // Called with mutex_ held.
  std::shared_ptr<const Chunk> take(std::size_t place) {
    taken_until_ = std::max(taken_until_, chunks_[place]->index + 1);
    return chunks_[place];
  }

  const std::size_t chunks_ahead_;
  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::deque<std::shared_ptr<const Chunk>> chunks_;
  std::uint64_t taken_until_ = 0;  // chunks with lower indices were returned, to be sent
  BufferLevel level_;
};

}  // namespace

std::unique_ptr<ChunkBuffer> make_memory_buffer(std::size_t chunks_ahead, std::uint64_t max_bytes) {
  return std::make_unique<MemoryChunkBuffer>(chunks_ahead, max_bytes);
}

}  // namespace streamkit

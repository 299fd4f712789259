#include <algorithm>
#include <cassert>
#include <mutex>
#include <new>
#include <streamkit/core/frame_pool.hpp>
#include <utility>
#include <vector>

namespace streamkit {
namespace {

constexpr std::size_t kAlignment = 64;

constexpr std::size_t round_up(std::size_t value) {
  return (value + kAlignment - 1) / kAlignment * kAlignment;
}

struct Block {
  void* memory = nullptr;
  std::size_t bytes = 0;
};

void free_block(const Block& block) noexcept {
  ::operator delete (block.memory, std::align_val_t{kAlignment});
}

}  // namespace

struct FramePool::Shelf {
  std::mutex mutex;
  // Guarded by mutex
  std::vector<Block> idle;  // all of `block_bytes`
  std::size_t block_bytes = 0;
  bool closed = false;

  ~Shelf() { std::for_each(idle.begin(), idle.end(), free_block); }

  Block take(std::size_t bytes) {
    {
      std::lock_guard lock(mutex);
      if (bytes != block_bytes) {
        // Blocks of another size belong to a format that is no longer used.
        std::for_each(idle.begin(), idle.end(), free_block);
        idle.clear();
        block_bytes = bytes;
      }
      if (!idle.empty()) {
        const Block block = idle.back();
        idle.pop_back();
        return block;
      }
    }
    return {::operator new (bytes, std::align_val_t{kAlignment}), bytes};
  }

  void give_back(const Block& block) noexcept {
    {
      std::lock_guard lock(mutex);
      if (!closed && block.bytes == block_bytes && idle.size() < idle.capacity()) {
        idle.push_back(block);
        return;
      }
    }
    free_block(block);
  }
};

FramePool::FramePool() : shelf_(std::make_shared<Shelf>()) {
  constexpr std::size_t kMostIdle = 32;
  shelf_->idle.reserve(kMostIdle);
}

FramePool::~FramePool() {
  if (shelf_ == nullptr) return;
  std::lock_guard lock(shelf_->mutex);
  shelf_->closed = true;
}

FramePool::FramePool(FramePool&&) noexcept = default;
FramePool& FramePool::operator=(FramePool&&) noexcept = default;

WritableFrame FramePool::acquire(const VideoFormat& format) {
  [[maybe_unused]] constexpr int kMaxSide = 16384;  // unused without assertions
  assert(format.width_px > 0 && format.width_px <= kMaxSide);
  assert(format.height_px > 0 && format.height_px <= kMaxSide);

  const int half_width = (format.width_px + 1) / 2;
  const int half_height = (format.height_px + 1) / 2;
  const std::array<std::pair<int, int>, 3> sizes = {
      {{format.width_px, format.height_px}, {half_width, half_height}, {half_width, half_height}}};
  const auto sample_bytes = static_cast<std::size_t>(bytes_per_sample(format.pixel_format));
  std::size_t bytes = kAlignment;  // so that the last row may be read past its end
  for (const auto& [width, height] : sizes) {
    bytes +=
        round_up(static_cast<std::size_t>(width) * sample_bytes) * static_cast<std::size_t>(height);
  }

  const Block block = shelf_->take(bytes);
  WritableFrame frame;
  frame.format_ = format;
  frame.storage_ = std::shared_ptr<void>(
      block.memory, [shelf = shelf_, block](void*) { shelf->give_back(block); });
  auto* next = static_cast<std::uint8_t*>(block.memory);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t stride = round_up(static_cast<std::size_t>(sizes[i].first) * sample_bytes);
    frame.planes_[i] = {next, static_cast<std::ptrdiff_t>(stride), sizes[i].first, sizes[i].second};
    next += stride * static_cast<std::size_t>(sizes[i].second);
  }
  return frame;
}

VideoFrame WritableFrame::publish(MediaTime pts, MediaTime duration) && {
  VideoFrame frame;
  frame.pts = pts;
  frame.duration = duration;
  frame.format = format_;
  for (std::size_t i = 0; i < planes_.size(); ++i) {
    frame.planes[i] = {planes_[i].data, planes_[i].stride_bytes, planes_[i].width_px,
                       planes_[i].height_px};
    planes_[i] = {};
  }
  frame.storage = std::move(storage_);
  return frame;
}

}  // namespace streamkit

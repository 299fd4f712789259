#include "media/memory_io.hpp"

#include <algorithm>
#include <cstring>

#include "media/ffmpeg_error.hpp"

namespace streamkit::media {

Result<std::unique_ptr<MemoryIo>> MemoryIo::open(std::span<const std::uint8_t> bytes) {
  constexpr int kBufferBytes = 64 * 1024;
  std::unique_ptr<MemoryIo> memory(new MemoryIo(bytes));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return out_of_memory();
  memory->io_.reset(
      avio_alloc_context(buffer, kBufferBytes, 0, memory.get(), &read_bytes, nullptr, &seek_bytes));
  if (memory->io_ == nullptr) {
    av_free(buffer);
    return out_of_memory();
  }
  return memory;
}

int MemoryIo::read_bytes(void* opaque, std::uint8_t* buffer, int size) {
  auto& memory = *static_cast<MemoryIo*>(opaque);
  const std::size_t left = memory.bytes_.size() - memory.position_;
  const std::size_t count = std::min(left, static_cast<std::size_t>(size));
  if (count == 0) return AVERROR_EOF;
  std::memcpy(buffer, memory.bytes_.data() + memory.position_, count);
  memory.position_ += count;
  return static_cast<int>(count);
}

std::int64_t MemoryIo::seek_bytes(void* opaque, std::int64_t offset, int whence) {
  auto& memory = *static_cast<MemoryIo*>(opaque);
  const auto size = static_cast<std::int64_t>(memory.bytes_.size());
  if (whence == AVSEEK_SIZE) return size;
  if (whence == SEEK_CUR) offset += static_cast<std::int64_t>(memory.position_);
  if (whence == SEEK_END) offset += size;
  if (offset < 0 || offset > size) return AVERROR(EINVAL);
  memory.position_ = static_cast<std::size_t>(offset);
  return offset;
}

}  // namespace streamkit::media

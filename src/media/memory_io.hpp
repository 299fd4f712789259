#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Lets FFmpeg read bytes in memory.
class MemoryIo {
 public:
  /// `bytes` must outlive the object.
  static Result<std::unique_ptr<MemoryIo>> open(std::span<const std::uint8_t> bytes);
  [[nodiscard]] AVIOContext* io() const noexcept { return io_.get(); }

 private:
  explicit MemoryIo(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  static int read_bytes(void* opaque, std::uint8_t* buffer, int size);
  static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);

  const std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  IoPtr io_;
};

}  // namespace streamkit::media

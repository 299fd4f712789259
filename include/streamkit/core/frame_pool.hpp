#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>

namespace streamkit {

/// A writable view of one plane.
struct STREAMKIT_API WritablePlane {
  std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  int width_px = 0;
  int height_px = 0;

  [[nodiscard]] std::uint8_t* row(int y) const noexcept { return data + y * stride_bytes; }
};

/// A frame under construction, owned by one writer until it is published.
class STREAMKIT_API WritableFrame {
 public:
  [[nodiscard]] const VideoFormat& format() const noexcept { return format_; }
  [[nodiscard]] const WritablePlane& plane(int index) const noexcept {
    return planes_[static_cast<std::size_t>(index)];
  }
  /// Converts it to an immutable frame; this object is empty afterwards.
  [[nodiscard]] VideoFrame publish(MediaTime pts, MediaTime duration) &&;

 private:
  friend class FramePool;
  VideoFormat format_;
  std::array<WritablePlane, 3> planes_;
  std::shared_ptr<void> storage_;
};

/// Provides frames whose memory is reused once the last copy of a frame is destroyed. Rows start at
/// multiples of 64 bytes and may be read (not written) up to 64 bytes past their end.
/// Memory: grows to the largest number of frames alive at the same time; freed when the pool and
/// its frames are destroyed. Frames may outlive the pool.
/// Thread-safety: acquire() and the release of frames may run on any threads.
class STREAMKIT_API FramePool {
 public:
  FramePool();
  ~FramePool();
  FramePool(FramePool&&) noexcept;
  FramePool& operator=(FramePool&&) noexcept;

  /// Returns a frame of uninitialized pixels.
  /// Precondition: width and height from 1 to 16384.
  [[nodiscard]] WritableFrame acquire(const VideoFormat& format);

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace streamkit

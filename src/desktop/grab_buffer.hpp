#pragma once

#include <xcb/shm.h>

#include <cstdint>
#include <vector>

#include "desktop/frame_scaler.hpp"
#include "desktop/x_connection.hpp"

namespace streamkit::desktop {

/// A rectangle of a drawable whose pixels are captured.
struct GrabArea {
  xcb_drawable_t drawable = XCB_NONE;
  int x = 0;
  int y = 0;
  int width_px = 0;
  int height_px = 0;

  friend bool operator==(const GrabArea&, const GrabArea&) = default;
};

/// Memory that the server writes pixels into (MIT-SHM), or where it cannot, as over a network, that
/// they are copied to.
/// Thread-safety: one thread at a time.
class GrabBuffer {
 public:
  explicit GrabBuffer(const XConnection& x) : x_(x) {}
  ~GrabBuffer() { release(); }
  GrabBuffer(const GrabBuffer&) = delete;
  GrabBuffer& operator=(const GrabBuffer&) = delete;

  /// Forgets the pixels if the size changes.
  void resize(int width_px, int height_px);
  /// Fetches the rows of `area`, whose size is that of the buffer. False: the server has no such
  /// pixels any more.
  bool fetch(const GrabArea& area, RowRange rows);

  [[nodiscard]] RgbImage image() const noexcept { return {pixels_, width_px_, height_px_}; }
  [[nodiscard]] std::uint32_t* row(int y) noexcept {
    return pixels_ + static_cast<std::ptrdiff_t>(y) * width_px_;
  }

 private:
  bool share_memory(std::size_t bytes);
  void release() noexcept;

  const XConnection& x_;
  int width_px_ = 0;
  int height_px_ = 0;
  std::uint32_t* pixels_ = nullptr;
  std::size_t mapped_bytes_ = 0;  // 0: `own_` has the pixels
  xcb_shm_seg_t segment_ = 0;
  std::vector<std::uint32_t> own_;
};

}  // namespace streamkit::desktop

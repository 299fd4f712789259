#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "desktop/grab_buffer.hpp"

namespace streamkit::desktop {

struct Point {
  int x = 0;
  int y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

/// The mouse pointer's image, drawn on grabbed pixels.
/// Thread-safety: one thread at a time.
class CursorOverlay {
 public:
  explicit CursorOverlay(const XConnection& x);

  /// Fetches the image anew when it is next drawn.
  void forget_image() noexcept { image_known_ = false; }
  /// Draws the image with its hot spot at `at`, keeping what was there. Returns the rows.
  RowRange draw(GrabBuffer& buffer, Point at);
  /// Restores what the last draw() has covered. Returns the rows.
  RowRange erase(GrabBuffer& buffer);
  /// Forgets what was covered, for a buffer whose pixels are gone.
  void forget_covered() noexcept { covered_.clear(); }

 private:
  void fetch_image();

  const XConnection& x_;
  bool image_known_ = false;
  int width_px_ = 0;
  int height_px_ = 0;
  Point hot_spot_;
  std::vector<std::uint32_t> pixels_;  // 0xAARRGGBB, colours multiplied by A
  // The pixels below the image, and their rectangle in the buffer.
  std::vector<std::uint32_t> covered_;
  int covered_x_ = 0;
  int covered_y_ = 0;
  int covered_width_ = 0;
};

}  // namespace streamkit::desktop

#pragma once

#include <cstdint>
#include <vector>

#include "desktop/frame_scaler.hpp"

namespace streamkit::desktop {

/// Where the bytes of a pixel are in memory.
struct PixelLayout {
  int bytes = 4;
  // Offsets within the pixel.
  int red = 2;
  int green = 1;
  int blue = 0;

  friend bool operator==(const PixelLayout&, const PixelLayout&) = default;
};

/// Pixels in memory, from the upper left corner.
struct RawImage {
  const std::uint8_t* bytes = nullptr;
  int width_px = 0;
  int height_px = 0;
  int stride_bytes = 0;
  PixelLayout layout;
};

/// A rectangle within an image.
struct ImagePart {
  int x = 0;
  int y = 0;
  int width_px = 0;
  int height_px = 0;

  friend bool operator==(const ImagePart&, const ImagePart&) = default;
};

/// How an image was turned before it was stored: mirrored left to right if `mirrored`, then turned
/// by this number of quarters, counter-clockwise.
struct ImageTurn {
  int quarters = 0;
  bool mirrored = false;

  friend bool operator==(const ImageTurn&, const ImageTurn&) = default;
};

/// `part` within an image of this size. A part that is empty or outside means all of it.
[[nodiscard]] ImagePart part_within(const ImagePart& part, int width_px, int height_px);

/// Returns a part of an image, which part_within() has checked. The result refers to the image's
/// own memory where its pixels are stored as RgbImage has them, and to `storage` otherwise.
[[nodiscard]] RgbImage rgb_image(const RawImage& image, const ImagePart& part,
                                 std::vector<std::uint32_t>& storage);

/// Undoes a turn. The result refers to `storage` unless there is nothing to undo.
[[nodiscard]] RgbImage upright(const RgbImage& image, ImageTurn turn,
                               std::vector<std::uint32_t>& storage);

}  // namespace streamkit::desktop

#include "desktop/pixel_layout.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace streamkit::desktop {
namespace {

// 0xRRGGBB in a word, as RgbImage has it.
constexpr PixelLayout kWords =
    std::endian::native == std::endian::little ? PixelLayout{4, 2, 1, 0} : PixelLayout{4, 1, 2, 3};

bool holds_words(const RawImage& image) {
  return image.layout == kWords && image.stride_bytes % 4 == 0 &&
         reinterpret_cast<std::uintptr_t>(image.bytes) % alignof(std::uint32_t) == 0;
}

const std::uint8_t* pixel_at(const RawImage& image, int x, int y) {
  return image.bytes + static_cast<std::ptrdiff_t>(y) * image.stride_bytes +
         static_cast<std::ptrdiff_t>(x) * image.layout.bytes;
}

void convert_row(const std::uint8_t* bytes, PixelLayout layout, int count, std::uint32_t* pixels) {
  for (int x = 0; x < count; ++x, bytes += layout.bytes) {
    pixels[x] = static_cast<std::uint32_t>(bytes[layout.red]) << 16 |
                static_cast<std::uint32_t>(bytes[layout.green]) << 8 | bytes[layout.blue];
  }
}

std::size_t pixel_count(int width_px, int height_px) {
  return static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
}

}  // namespace

ImagePart part_within(const ImagePart& part, int width_px, int height_px) {
  const ImagePart all{0, 0, width_px, height_px};
  if (part.x < 0 || part.y < 0 || part.x >= width_px || part.y >= height_px) return all;
  if (part.width_px < 1 || part.height_px < 1) return all;
  return {part.x, part.y, std::min(part.width_px, width_px - part.x),
          std::min(part.height_px, height_px - part.y)};
}

RgbImage rgb_image(const RawImage& image, const ImagePart& part,
                   std::vector<std::uint32_t>& storage) {
  if (holds_words(image)) {
    const auto* first = reinterpret_cast<const std::uint32_t*>(pixel_at(image, part.x, part.y));
    return {first, part.width_px, part.height_px, image.stride_bytes / 4};
  }
  storage.resize(pixel_count(part.width_px, part.height_px));
  for (int y = 0; y < part.height_px; ++y) {
    convert_row(pixel_at(image, part.x, part.y + y), image.layout, part.width_px,
                storage.data() + static_cast<std::ptrdiff_t>(y) * part.width_px);
  }
  return {storage.data(), part.width_px, part.height_px};
}

RgbImage upright(const RgbImage& image, ImageTurn turn, std::vector<std::uint32_t>& storage) {
  if (turn == ImageTurn{}) return image;
  const bool on_its_side = turn.quarters % 2 != 0;
  const int width = on_its_side ? image.height_px : image.width_px;
  const int height = on_its_side ? image.width_px : image.height_px;
  storage.resize(pixel_count(width, height));
  // A turn by quarters moves the pixel at (x, y) to `from` in the stored image.
  for (int y = 0; y < height; ++y) {
    std::uint32_t* row = storage.data() + static_cast<std::ptrdiff_t>(y) * width;
    for (int x = 0; x < width; ++x) {
      const int along = turn.mirrored ? width - 1 - x : x;
      switch (turn.quarters) {
        case 1:
          row[x] = image.row(image.height_px - 1 - along)[y];
          break;
        case 2:
          row[x] = image.row(image.height_px - 1 - y)[image.width_px - 1 - along];
          break;
        case 3:
          row[x] = image.row(along)[image.width_px - 1 - y];
          break;
        default:
          row[x] = image.row(y)[along];
      }
    }
  }
  return {storage.data(), width, height};
}

}  // namespace streamkit::desktop

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit::media {

/// An image with red, green and blue at full size, 0 to 255, row-major.
struct STREAMKIT_API RgbPicture {
  int width_px = 0;
  int height_px = 0;
  std::array<std::vector<std::uint8_t>, 3> planes = {};
};

/// An image with one channel of 16 bits, row-major.
struct STREAMKIT_API Gray16Picture {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint16_t> values = {};
};

/// Reads the first image of a file that FFmpeg supports (PNG, JPEG, a video), not rotated. Sides
/// are at most 16384 px.
/// Errors: NotFound; CorruptData; Unsupported (codec, size).
STREAMKIT_API Result<RgbPicture> read_rgb_picture(const std::filesystem::path& file);
/// Reads a 16-bit grey image in the same way.
/// Errors: those of read_rgb_picture(); InvalidArgument (it has no 16-bit grey channel, as in 8-bit
/// files).
STREAMKIT_API Result<Gray16Picture> read_gray16_picture(const std::filesystem::path& file);

/// Returns whether write_picture() writes files of this name.
STREAMKIT_API [[nodiscard]] bool is_picture_name(const std::filesystem::path& file);
/// Writes a PNG or JPEG file, by its name (.png, .jpg, .jpeg), complete or not at all.
/// Errors: InvalidArgument (another name); those of write_png().
STREAMKIT_API Result<void> write_picture(const std::filesystem::path& file,
                                         const RgbPicture& picture);

/// Encodes a frame as a JPEG image, for previews. HDR looks pale: it is not tone-mapped.
/// Errors: InvalidArgument (a frame without pixels); Unsupported (this FFmpeg has no JPEG encoder).
STREAMKIT_API Result<Bytes> encode_jpeg(const VideoFrame& frame);

/// Writes a PNG file, complete or not at all. Errors: InvalidArgument (a size that does not match
/// the values); PermissionDenied, ResourceExhausted, Internal (writing).
STREAMKIT_API Result<void> write_png(const std::filesystem::path& file, const RgbPicture& picture);
STREAMKIT_API Result<void> write_png(const std::filesystem::path& file,
                                     const Gray16Picture& picture);

}  // namespace streamkit::media

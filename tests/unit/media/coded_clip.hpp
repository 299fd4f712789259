#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <string>

namespace streamkit::media {

/// Red, green and blue as a screen shows them, from 0 to 1.
using Rgb = std::array<double, 3>;

/// A short clip of one picture in any codec, pixel format and colour, for tests of reading.
struct CodedClip {
  std::string encoder = "ffv1";
  std::string pixel_format = "yuv420p";
  /// For the encoder, as "key=value:key=value".
  std::string options = {};
  int width_px = 96;
  int height_px = 64;
  int frames = 3;
  MediaTime start{0};
  /// The samples are computed for these tags. Where the matrix or range is not stated, see below.
  ColorTags color = {};
  /// Of the samples, where the tags do not state it.
  int matrix = 1;
  ColorRange range = ColorRange::Limited;
  PixelAspect aspect = {};
  /// The display matrix of the container: a, b, c, d, see ISO/IEC 14496-12.
  std::optional<std::array<int, 4>> display = {};
  std::function<Rgb(int x, int y)> rgb = [](int, int) { return Rgb{0.5, 0.5, 0.5}; };
};

/// Writes the clip; its container follows from the extension of `path`.
void write_clip(const std::filesystem::path& path, const CodedClip& clip);

/// Returns an MP4 file of H.264 with a box added to its sample entry. Its media data must come
/// before its index, as write_clip() has it.
Bytes with_sample_entry_box(Bytes file, const Bytes& box);

/// Returns what a player that follows the frame's own tags shows at a position.
Rgb shown_at(const VideoFrame& frame, int x, int y);

/// Eight columns of full and half colours.
Rgb color_bars(int x, int width_px);

}  // namespace streamkit::media

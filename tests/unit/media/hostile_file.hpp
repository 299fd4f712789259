#pragma once

#include <cstdint>
#include <streamkit/core/packet.hpp>
#include <string>
#include <vector>

namespace streamkit::media {

/// A MOV file whose boxes say what they are told, for tests of limits.
struct HostileFile {
  std::string codec = "png ";
  std::vector<Bytes> samples = {};
  int width_px = 64;
  int height_px = 64;
  std::uint32_t timescale = 25;
  /// Ticks from each sample to the next.
  std::uint32_t delta = 1;
  /// If not 0, that of the first sample.
  std::uint32_t first_delta = 0;
  /// The number of samples that the index announces, of a size of one byte each; 0: the truth.
  std::uint32_t announced = 0;
  int tracks = 1;
};
Bytes make_file(const HostileFile& file);

/// The header of a PNG of any size, without its pixels.
Bytes png_header(std::uint32_t width_px, std::uint32_t height_px);
/// A whole PNG of 64x64.
Bytes small_png();

/// A fragment that announces samples without having them.
Bytes empty_fragment(std::uint32_t samples);

/// A movie whose index is compressed.
Bytes compressed_index();

}  // namespace streamkit::media

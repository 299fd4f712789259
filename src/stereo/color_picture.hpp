#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::stereo {

/// Red, green and blue of each pixel one after another, row by row.
struct ColorPicture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> values = {};
};

}  // namespace streamkit::stereo

#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// A grey picture of floats, the top row first.
struct FloatMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

/// Reads a grey Portable FloatMap (`Pf`), of either byte order. Sides are at most 16384 px.
/// Source: P. Debevec, "PFM Portable FloatMap Image Format", pauldebevec.com/Research/HDR/PFM.
/// Errors: Unsupported (colour, too large); CorruptData, saying what is wrong.
Result<FloatMap> parse_float_map(std::span<const std::uint8_t> bytes);
/// Little-endian; parse_float_map() gives the same back, bit for bit.
[[nodiscard]] std::vector<std::uint8_t> print_float_map(const FloatMap& map);

}  // namespace streamkit::worker_tool

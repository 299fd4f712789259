#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit::media {

/// A grey image of floats, the top row first.
struct STREAMKIT_API FloatMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

/// Parses a grey Portable FloatMap (`Pf`) of either byte order. Sides are at most 16384 px.
/// Source: P. Debevec, "PFM Portable FloatMap Image Format", pauldebevec.com/Research/HDR/PFM.
/// Errors: Unsupported (colour, too large); CorruptData, naming what is wrong.
STREAMKIT_API Result<FloatMap> parse_float_map(std::span<const std::uint8_t> bytes);
/// Reads and parses a file.
/// Errors: those of parse_float_map(), naming the file; NotFound; Unsupported (too large).
STREAMKIT_API Result<FloatMap> read_float_map(const std::filesystem::path& file);
/// Prints a little-endian map, from which parse_float_map() returns the same values, bit for bit.
STREAMKIT_API [[nodiscard]] std::vector<std::uint8_t> print_float_map(const FloatMap& map);

}  // namespace streamkit::media

#pragma once

#include <cstdint>
#include <vector>

// Loops over rows of pixels 0xRRGGBB, written so that the compiler vectorizes them.
namespace streamkit::desktop {

struct ScalerTaps;

/// Luma of `count` pixels: BT.709, limited range.
void luma_row(const std::uint32_t* pixels, int count, std::uint8_t* luma);

/// Chroma of two rows of `count` pixels each, an even number. Sited on the left pixel of each pair,
/// between the rows. `sums` is scratch memory of 2 * count + 2 words.
void chroma_row(const std::uint32_t* upper, const std::uint32_t* lower, int count,
                std::uint32_t* sums, std::uint8_t* u, std::uint8_t* v);

/// Adds `weight` times each of `count` bytes to `sums`.
void add_weighted(const std::uint8_t* bytes, int count, std::uint16_t weight, std::uint16_t* sums);

/// Scales a row of sums, each 256 times a byte, to one pixel for each of the columns.
void scale_columns(const std::uint16_t* sums, const ScalerTaps& columns, std::uint32_t* pixels);

}  // namespace streamkit::desktop

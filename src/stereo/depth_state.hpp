#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Version of the bytes below. A state of any other version is refused, and depth starts anew.
inline constexpr std::uint8_t kDepthStateVersion = 2;

/// Whose state it is: an estimator's, or the renderer's. The numbers are in the bytes: none is ever
/// given away again.
enum class DepthStateKind : std::uint8_t { Cues = 0, Network = 1, Views = 2 };

/// What an estimator or a renderer remembers, as values: some grids of one size and some numbers. A
/// grid's values are multiples of 1/16384 from -1 to below 3, see quantize(); so each fits into two
/// bytes, and bytes hold none that an estimator could not have come to itself. Numbers are any
/// finite ones.
struct DepthState {
  std::vector<float> numbers = {};
  std::vector<Grid> grids = {};
};

/// The nearest value that a state can hold; NaN is 0. An estimator that rounds whatever outlives a
/// picture comes to the same depth with a state handed over as without.
[[nodiscard]] float quantize(float value) noexcept;
void quantize(Grid& grid) noexcept;
/// All values are from 0 to 1.
[[nodiscard]] bool holds_shares(const Grid& grid) noexcept;

/// "SKDS", version, kind, count of numbers, count of grids, width and height (16 bits each), the
/// numbers (32 bits each, IEEE 754), the grids' values (16 bits each), CRC-32 of all before;
/// little-endian.
/// Precondition: at most 255 numbers and grids; sides of at most 65535; quantized grids.
[[nodiscard]] Bytes write_depth_state(DepthStateKind kind, const DepthState& state);

/// The inverse. `kind`, `expected_numbers` and `expected_grids` are what the caller writes himself.
/// Errors: CorruptData (cut, too long, a wrong checksum, a number that is not finite); Unsupported
/// (another version or kind, other counts, sides beyond `longest_side`).
[[nodiscard]] Result<DepthState> read_depth_state(std::span<const std::uint8_t> bytes,
                                                  DepthStateKind kind, std::size_t expected_numbers,
                                                  std::size_t expected_grids, int longest_side);

}  // namespace streamkit::stereo

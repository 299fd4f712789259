#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Version of the bytes below. A state of any other version is refused, and depth starts anew.
inline constexpr std::uint8_t kDepthStateVersion = 1;

/// What an estimator or a renderer remembers: some grids of one size and some numbers. Each value
/// is a multiple of 1/16384 from -1 to below 3, see quantize(); so it fits into two bytes, and
/// bytes hold no value that an estimator could not have come to itself.
struct DepthState {
  std::vector<float> numbers = {};
  std::vector<Grid> grids = {};
};

/// The nearest value that a state can hold; NaN is 0. An estimator that rounds whatever outlives a
/// picture comes to the same depth with a state handed over as without.
[[nodiscard]] float quantize(float value) noexcept;
void quantize(Grid& grid) noexcept;

/// "SKDS", version, count of numbers, count of grids, a zero, width and height (16 bits each), the
/// values (16 bits each), CRC-32 of all before; little-endian.
/// Precondition: at most 255 numbers and grids; sides of at most 65535; quantized values.
[[nodiscard]] Bytes write_depth_state(const DepthState& state);

/// The inverse. `expected_numbers` and `expected_grids` are what the caller writes himself.
/// Errors: CorruptData (cut, too long, a wrong checksum); Unsupported (another version, other
/// counts, sides beyond `longest_side`).
[[nodiscard]] Result<DepthState> read_depth_state(std::span<const std::uint8_t> bytes,
                                                  std::size_t expected_numbers,
                                                  std::size_t expected_grids, int longest_side);

}  // namespace streamkit::stereo

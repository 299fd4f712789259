#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {

/// Version of the bytes below. A state of any other version is rejected, and depth starts anew.
inline constexpr std::uint8_t kDepthStateVersion = 2;

/// The owner of the state: an estimator or the renderer. The numbers are in the bytes and are never
/// reused.
enum class DepthStateKind : std::uint8_t { Cues = 0, Network = 1, Views = 2, Fused = 3 };

/// The state of an estimator or a renderer as values: some grids of one size and some numbers. The
/// values of a grid are multiples of 1/16384 from -1 to below 3, see quantize(); each fits into two
/// bytes, and bytes cannot contain values that an estimator could not produce itself. Numbers are
/// finite.
struct DepthState {
  std::vector<float> numbers = {};
  std::vector<Grid> grids = {};
};

/// Returns the nearest value that a state can hold; NaN gives 0. An estimator that rounds
/// everything it keeps between frames produces the same depth with a saved state as without.
[[nodiscard]] float quantize(float value) noexcept;
void quantize(Grid& grid) noexcept;
/// All values are from 0 to 1.
[[nodiscard]] bool holds_shares(const Grid& grid) noexcept;

/// "SKDS", version, kind, count of numbers, count of grids, width and height (16 bits each), the
/// numbers (32 bits each, IEEE 754), the grids' values (16 bits each), CRC-32 of all before;
/// little-endian.
/// Precondition: at most 255 numbers and grids; sides of at most 65535; quantized grids.
[[nodiscard]] Bytes write_depth_state(DepthStateKind kind, const DepthState& state);

/// The inverse. `kind`, `expected_numbers` and `expected_grids` are those that the caller itself
/// writes.
/// Errors: CorruptData (cut, too long, a wrong checksum, a number that is not finite); Unsupported
/// (another version or kind, other counts, sides beyond `longest_side`).
Result<DepthState> read_depth_state(std::span<const std::uint8_t> bytes, DepthStateKind kind,
                                    std::size_t expected_numbers, std::size_t expected_grids,
                                    int longest_side);

}  // namespace streamkit::stereo

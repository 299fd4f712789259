#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::worker {

/// The state at the end of a segment, from which the conversion of the next one continues.
struct SegmentState {
  Bytes depth = {};
  Bytes views = {};
};

/// The maximum size of a state object.
inline constexpr std::size_t kMaxSegmentStateBytes = kMaxDepthStateBytes + kMaxViewStateBytes + 16;

/// Writes "SKSS", version 1, three zeros, the size of the depth's part (32 bits, little-endian),
/// and both parts. Returns nothing if both are empty. Each part detects its own damage.
/// Precondition: parts of at most kMaxDepthStateBytes and kMaxViewStateBytes.
[[nodiscard]] Bytes write_segment_state(const SegmentState& state);

/// Reads what write_segment_state() returned. The parts may contain any bytes.
/// Errors: CorruptData (cut, too long); Unsupported (another kind or version).
Result<SegmentState> read_segment_state(std::span<const std::uint8_t> bytes);

}  // namespace streamkit::worker

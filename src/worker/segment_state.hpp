#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::worker {

/// What a conversion remembers at a segment's end, for the one that goes on from there.
struct SegmentState {
  Bytes depth = {};
  Bytes views = {};
};

/// No state object is larger.
inline constexpr std::size_t kMaxSegmentStateBytes = kMaxDepthStateBytes + kMaxViewStateBytes + 16;

/// "SKSS", version 1, three zeros, the size of the depth's part (32 bits, little-endian), both
/// parts. Empty where both are. Each part guards itself against damage. Precondition: parts of at
/// most kMaxDepthStateBytes and kMaxViewStateBytes.
[[nodiscard]] Bytes write_segment_state(const SegmentState& state);

/// The inverse; the parts may be of any bytes.
/// Errors: CorruptData (cut, too long); Unsupported (another kind or version).
Result<SegmentState> read_segment_state(std::span<const std::uint8_t> bytes);

}  // namespace streamkit::worker

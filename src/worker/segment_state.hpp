#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::worker {

/// The state at the end of a segment, from which the conversion of the next one continues.
struct SegmentState {
  Bytes depth = {};
  Bytes views = {};
  /// The audio around the end of the segment, for media::SoundEncoderOptions::before. Its `pts` is
  /// a time of the stream.
  AudioFrame sound = {};
};

/// The bounds of the audio of a state.
inline constexpr std::uint32_t kMaxStateSamples = 8192;
inline constexpr std::uint32_t kMaxStateChannels = 8;

/// The maximum size of a state object.
inline constexpr std::size_t kMaxSegmentStateBytes =
    kMaxDepthStateBytes + kMaxViewStateBytes + 4 * kMaxStateSamples * kMaxStateChannels + 64;

/// Writes "SKSS", the version, three zeros, the size of the depth's part (32 bits, little-endian),
/// and the parts of depth and views. Version 2 has the audio between the size and these parts: the
/// sample rate, the number of channels and samples (32 bits each), the time (64 bits) and the
/// samples (float). A state without audio is version 1. Returns nothing if all parts are empty.
/// Depth and views detect their own damage.
/// Precondition: parts within their bounds.
[[nodiscard]] Bytes write_segment_state(const SegmentState& state);

/// Reads what write_segment_state() returned. The parts may contain any bytes.
/// Errors: CorruptData (cut, too long); Unsupported (another kind or version).
Result<SegmentState> read_segment_state(std::span<const std::uint8_t> bytes);

}  // namespace streamkit::worker

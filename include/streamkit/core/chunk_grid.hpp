#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>

namespace streamkit {

/// Defines where a stream is cut: chunk `i` holds the frames with
/// `i * chunk_duration <= pts < (i + 1) * chunk_duration`. A pure function of timestamps, so that
/// two encoders, or a re-run, cut alike. The encoder (forced IDR) and the chunker (cut) share it.
/// Precondition: chunk_duration > 0; timestamps >= 0.
struct STREAMKIT_API ChunkGrid {
  MediaTime chunk_duration = std::chrono::seconds(5);

  [[nodiscard]] std::uint64_t index_of(MediaTime pts) const noexcept {
    return pts.count() <= 0 ? 0 : static_cast<std::uint64_t>(pts / chunk_duration);
  }
  /// Returns whether a frame at `pts` is the first of its chunk, given the pts of the frame before
  /// it.
  [[nodiscard]] bool starts_chunk(MediaTime previous_pts, MediaTime pts) const noexcept {
    return index_of(pts) != index_of(previous_pts);
  }
};

/// The shortest supported chunk duration.
inline constexpr MediaTime kMinChunkDuration = std::chrono::milliseconds(500);

}  // namespace streamkit

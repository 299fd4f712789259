#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/media_time.hpp>
#include <string>
#include <vector>

namespace streamkit {

/// The result of converting a chunk.
enum class SegmentKind {
  Converted,  ///< Contains both views.
  Flat,       ///< Conversion failed for good: contains the source video in both eyes.
  Filler      ///< The chunk has no video, or none that could be decoded: black or the last frame.
};

/// Describes a stored segment, with everything that a playlist needs.
struct STREAMKIT_API SegmentRecord {
  std::uint64_t index = 0;
  MediaTime start{0};
  MediaTime duration{0};
  MediaTime audio_end{0};
  std::uint64_t header_bytes = 0;
  std::uint64_t size_bytes = 0;
  int width_px = 0;
  int height_px = 0;
  SegmentKind kind = SegmentKind::Converted;
  /// Which rendition of the stream it belongs to. Empty: the only one.
  std::string rendition = {};
  /// As Chunk::parts.
  std::vector<ChunkPart> parts = {};

  friend bool operator==(const SegmentRecord&, const SegmentRecord&) = default;
};

/// The record of a segment that is stored as `file`, all but its size in pixels and its kind.
[[nodiscard]] inline SegmentRecord segment_record(const Chunk& file) {
  return {.index = file.index,
          .start = file.start,
          .duration = file.duration,
          .audio_end = file.audio_end,
          .header_bytes = file.header_bytes,
          .size_bytes = file.data.size(),
          .rendition = file.rendition,
          .parts = file.parts};
}

}  // namespace streamkit

#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>

namespace streamkit {

/// The result of converting a chunk.
enum class SegmentKind {
  Converted,  ///< Contains both views.
  Flat,       ///< Conversion failed for good: contains the source video in both eyes.
  Filler      ///< The chunk could not be decoded: black and silent, of the nominal duration.
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

  friend bool operator==(const SegmentRecord&, const SegmentRecord&) = default;
};

}  // namespace streamkit

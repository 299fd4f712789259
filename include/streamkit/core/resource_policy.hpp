#pragma once

#include <chrono>
#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <string>
#include <vector>

namespace streamkit {

/// What one chunk of unknown origin may cost. A chunk that exceeds it is not converted: a filler of
/// the nominal chunk length takes its place.
struct STREAMKIT_API ResourcePolicy {
  /// Media time, as a multiple of the nominal chunk length and a part beside it. A sender that cuts
  /// at keyframes only may need twice the nominal length.
  double chunk_lengths = 2;
  MediaTime extra_duration = std::chrono::seconds(2);
  /// Pictures per second of media time.
  double max_frames_per_second = 240;
  /// Pixels of a coded picture, padding included. Checked before a picture is decoded, and again
  /// when the size changes.
  std::int64_t max_pixels = std::int64_t{8192} * 4320;
  /// Tracks of a file, of all kinds.
  int max_tracks = 32;
  /// Address space of the process that converts, where conversions have one of their own.
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30;
  /// Time that one conversion may take: of all its processors together, and by the clock.
  std::chrono::seconds max_cpu_time{300};
  std::chrono::seconds max_wall_time{300};
  /// FFmpeg's names of the decoders that may be used. Empty: the default list of the room `media`.
  std::vector<std::string> decoders = {};
};

}  // namespace streamkit

#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <string>
#include <vector>

namespace streamkit {

/// A part of a chunk that begins with a keyframe, so that it can be an entry of a playlist.
struct STREAMKIT_API ChunkPart {
  MediaTime duration{0};
  std::uint64_t size_bytes = 0;

  friend bool operator==(const ChunkPart&, const ChunkPart&) = default;
};

/// A finished part of a stream: one self-initializing fragmented MP4 file.
struct STREAMKIT_API Chunk {
  /// Counts 0, 1, 2, ... without a gap.
  std::uint64_t index = 0;
  /// Presentation time of the first video frame on the stream's timeline.
  MediaTime start{0};
  /// Sum of the durations of the video frames: the next chunk starts at exactly `start + duration`.
  MediaTime duration{0};
  /// The time on the timeline at which the chunk's audio ends, within one audio packet of its
  /// video.
  MediaTime audio_end{0};
  /// Length of `ftyp` and `moov`: the bytes that EXT-X-MAP covers and EXT-X-BYTERANGE leaves out.
  std::uint64_t header_bytes = 0;
  Bytes data = {};
  /// Which rendition of the stream it belongs to, when there are several: 1 to 64 of
  /// A-Z a-z 0-9 _ -. Empty: the only one.
  std::string rendition = {};
  /// The parts of a chunk with more than one keyframe, in order: together they are `duration` long
  /// and all bytes after the header. Empty: one part, or unknown.
  std::vector<ChunkPart> parts = {};
};

}  // namespace streamkit

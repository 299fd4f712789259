#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <string>

namespace streamkit {

/// A finished piece of a stream: one self-initializing fragmented MP4 file.
struct STREAMKIT_API Chunk {
  /// 0, 1, 2, ... without a hole.
  std::uint64_t index = 0;
  /// Presentation time of the first video frame on the stream's timeline.
  MediaTime start{0};
  /// Sum of the video frames' durations: the next chunk starts at exactly `start + duration`.
  MediaTime duration{0};
  /// Where the chunk's sound ends on the timeline, within one audio packet of its pictures.
  MediaTime audio_end{0};
  /// Length of `ftyp` and `moov`: what EXT-X-MAP covers and what EXT-X-BYTERANGE leaves out.
  std::uint64_t header_bytes = 0;
  Bytes data = {};
  /// Which rendition of the stream it belongs to, when there are several: 1 to 64 of
  /// A-Z a-z 0-9 _ -. Empty: the only one.
  std::string rendition = {};
};

}  // namespace streamkit

#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Collects the packets of one chunk and writes them as one self-initializing fragmented MP4 file
/// with the timestamps of the packets (no edit list; `tfdt` is the first dts). Packets may arrive
/// in any interleaving. Video time scale is 120 kHz, exact for the integer and NTSC rates.
/// Source: ISO/IEC 14496-12:2022, 8.8.
class STREAMKIT_API SegmentMuxer : public PacketSink {
 public:
  static std::unique_ptr<SegmentMuxer> create();
  /// Returns the file, with `index` left 0. write() must not be called afterwards.
  /// Errors: InvalidArgument (no packet, the first video frame is not a keyframe, negative decoding
  /// time).
  virtual Result<Chunk> finish() = 0;
};

}  // namespace streamkit::media

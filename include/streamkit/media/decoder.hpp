#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/decoder.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

struct STREAMKIT_API DecoderOptions {
  /// Threads that decode. More are faster until the cores are used; each holds frames of its own
  /// and delays the first. 0: one more than there are cores. 0 to 128.
  int threads = 2;
};

/// Opens a decoder for any video codec that FFmpeg knows. Frames come cropped by `track.crop`,
/// turned by `track.orientation`, deinterlaced if `track.interlaced`, and converted to the size and
/// colour of `track.format`, 8-bit 4:2:0 of limited range; frames of another aspect ratio get black
/// bars. Frames keep the timestamps of their packets. Errors: InvalidArgument (the options; a
/// format without even sides and a valid rate); Unsupported (the codec); CorruptData (its
/// configuration).
STREAMKIT_API Result<std::unique_ptr<Decoder>> open_decoder(const VideoTrack& track,
                                                            const DecoderOptions& options = {});

}  // namespace streamkit::media

#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/media/video_codec.hpp>

#include "media/nal_units.hpp"

namespace streamkit::media {

/// Returns the avcC or hvcC record for packets whose NAL units have lengths of four bytes. Empty if
/// the sets are not complete, or damaged. FFmpeg's muxer, which takes sets with start codes, too,
/// reads damaged ones for minutes.
/// Sources: ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1.
[[nodiscard]] Bytes decoder_record(const ParameterSets& sets, VideoCodec codec);

}  // namespace streamkit::media

#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// Describes the track of an AudioSpecificConfig. `format` and `packet_samples` are those after
/// decoding: with explicit spectral band replication, of the doubled rate.
/// Errors: CorruptData; Unsupported (audio that is not AAC). Source: ISO/IEC 14496-3, 1.6.2.1.
Result<AudioTrack> read_aac_config(ByteView config);

}  // namespace streamkit::rtmp

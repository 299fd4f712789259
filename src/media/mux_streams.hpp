#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Adds a stream for `track` to a muxer. Errors: Unsupported (codec unknown to FFmpeg).
Result<AVStream*> add_stream(AVFormatContext* muxer, const VideoTrack& track);
Result<AVStream*> add_stream(AVFormatContext* muxer, const AudioTrack& track);

/// Returns a packet that borrows `packet.data`, with times in the time base of the stream.
Result<PacketPtr> borrow_packet(const Packet& packet, const AVStream& stream);

}  // namespace streamkit::media

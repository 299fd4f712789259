#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_source.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Opens a file of any container FFmpeg knows and reads its coded packets: those of its best
/// video and audio track (see TrackChoice), in file order, with the file's own timestamps, up to
/// the first jump of its clock: jumps are left out as by open_media_file(). Packets without a
/// presentation time, as in AVI, get their decoding time. A damaged file ends at the damage, see
/// PacketSource::damaged(). Errors: NotFound; PermissionDenied; InvalidArgument (a folder);
/// CorruptData (not a media file, no video track); Unsupported.
STREAMKIT_API Result<std::unique_ptr<PacketSource>> open_packet_source(
    const std::filesystem::path& path);

/// The same for a file in memory: MP4, MOV, Matroska, WebM or MPEG-TS.
STREAMKIT_API Result<std::unique_ptr<PacketSource>> open_packet_source(Bytes bytes);

}  // namespace streamkit::media

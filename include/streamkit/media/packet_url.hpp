#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/packet_source.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>

namespace streamkit::media {

struct STREAMKIT_API PacketUrlOptions {
  TrackChoice tracks = {};
  /// How long it may take until the tracks are known.
  std::chrono::milliseconds open_timeout{15'000};
  /// A server that sends nothing for this long counts as lost; thrice as long for HLS and DASH.
  std::chrono::milliseconds stall_timeout{10'000};
};

/// Opens a stream of another server and reads its coded packets: http(s) (MPEG-TS, FLV, HLS, DASH),
/// rtmp(s), rtsp(s), srt, tcp or udp. Playlists are joined near their live edge and can refer to
/// http and https URLs only. Jumps of the stream's clock are stepped over. A file, or a playlist
/// that has ended, is read at its own speed, by the clock of `context`. Blocks until the tracks are
/// known. It does not connect again: a read fails with Unavailable, Timeout or CorruptData when the
/// stream breaks.
/// Errors: InvalidArgument (not such a URL); Timeout; NotFound; PermissionDenied; Unavailable;
/// CorruptData; Unsupported; Cancelled.
STREAMKIT_API Result<std::unique_ptr<PacketSource>> open_packet_url(
    const std::string& url, std::stop_token stop, const PacketUrlOptions& options = {},
    const Context& context = {});

}  // namespace streamkit::media

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_source.hpp>
#include <streamkit/core/packet_source.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

struct STREAMKIT_API PacketStreamOptions {
  /// A track that is announced but does not come is left out when the other one is this long.
  MediaTime track_wait = std::chrono::milliseconds(1500);
  /// How much is read at most until the tracks are known.
  std::size_t max_opening_bytes = std::size_t{16} << 20;
};

/// Opens a live stream of MPEG-TS: its first video track of H.264 or HEVC, from a keyframe on, and
/// its first audio track of AAC. Nothing is decoded. Keyframes are IDRs, and the places where
/// encoders with open GOPs let decoding begin. Video packets have start codes; the
/// `codec_config` are the parameter sets of the first keyframe. AAC comes without ADTS headers.
/// Timestamps are those of the stream, continued when its counter of 33 bits overflows, as often as
/// that happens. Blocks until the tracks are known; woken by `stop`. `bytes` must outlive the
/// source. Errors: Cancelled; CorruptData (not MPEG-TS, or no such track); Unsupported (only tracks
/// of other codecs, which are named); those of `bytes`.
STREAMKIT_API Result<std::unique_ptr<PacketSource>> open_packet_stream(
    ByteSource& bytes, std::stop_token stop, const PacketStreamOptions& options = {});

}  // namespace streamkit::media

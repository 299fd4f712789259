#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_packing.hpp>
#include <string>
#include <vector>

namespace streamkit {

using Bytes = std::vector<std::uint8_t>;

enum class TrackKind { Video, Audio };

/// One encoded access unit: an H.264 picture in Annex B or length-prefixed form (as the
/// `codec_config` of its track defines), or one AAC frame without ADTS header.
struct STREAMKIT_API Packet {
  TrackKind track = TrackKind::Video;
  MediaTime pts{0};
  MediaTime dts{0};
  MediaTime duration{0};
  /// Decoding can start here (IDR). Always true for audio.
  bool keyframe = false;
  Bytes data = {};
};

/// Describes a coded video track. `codec` is FFmpeg's name ("h264").
struct STREAMKIT_API VideoTrack {
  std::string codec = "h264";
  VideoFormat format = {};
  /// The avcC record or the Annex B parameter sets, as the encoder or container provided it.
  Bytes codec_config = {};
  /// Written for players by containers that support it.
  FramePacking packing = {};
  /// Degrees clockwise by which the coded pictures have to be turned to be upright: 0, 90, 180 or
  /// 270. `format` is the size after turning. Encoders give 0.
  int rotation_degrees = 0;
  /// Some coded pictures may hold two fields. Encoders give false.
  bool interlaced = false;
};

/// Describes a coded audio track. `codec` is FFmpeg's name ("aac").
struct STREAMKIT_API AudioTrack {
  std::string codec = "aac";
  AudioFormat format = {};
  /// Samples per packet: 1024 for AAC-LC.
  int packet_samples = 1024;
  /// AudioSpecificConfig for AAC.
  Bytes codec_config = {};
  /// Where the loudspeakers of the channels are: a bit each, in the order of the channels, as in
  /// WAVE_FORMAT_EXTENSIBLE. 0: the usual places for this number of channels.
  std::uint64_t channel_mask = 0;
  /// Stated by containers for a few codecs, such as WMA and ADPCM, whose decoders need it. 0:
  /// unknown.
  int block_bytes = 0;
  int bit_rate_bps = 0;
  int bits_per_coded_sample = 0;
};

/// The tracks of one stream; at least one is present.
struct STREAMKIT_API Tracks {
  std::optional<VideoTrack> video = {};
  std::optional<AudioTrack> audio = {};
};

}  // namespace streamkit

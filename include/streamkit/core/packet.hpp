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

/// One encoded access unit: a coded picture of H.264 or HEVC in Annex B or length-prefixed form (as
/// the `codec_config` of its track defines), or one AAC frame without ADTS header.
struct STREAMKIT_API Packet {
  TrackKind track = TrackKind::Video;
  MediaTime pts{0};
  MediaTime dts{0};
  MediaTime duration{0};
  /// Decoding can start here (IDR). Always true for audio.
  bool keyframe = false;
  Bytes data = {};
};

/// How coded pictures have to be turned to be upright: first mirrored left to right if `mirrored`,
/// then turned clockwise by 0, 90, 180 or 270 degrees.
struct STREAMKIT_API Orientation {
  int rotation_degrees = 0;
  bool mirrored = false;

  [[nodiscard]] bool upright() const noexcept { return rotation_degrees == 0 && !mirrored; }
  /// Whether width and height are exchanged.
  [[nodiscard]] bool sideways() const noexcept { return rotation_degrees % 180 != 0; }
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// The number of pixels at each edge of a coded picture that are not shown.
struct STREAMKIT_API PictureCrop {
  int left_px = 0;
  int top_px = 0;
  int right_px = 0;
  int bottom_px = 0;

  friend bool operator==(const PictureCrop&, const PictureCrop&) = default;
};

/// The width of a pixel divided by its height. 0/1: not stated.
struct STREAMKIT_API PixelAspect {
  int num = 0;
  int den = 1;

  friend bool operator==(const PixelAspect&, const PixelAspect&) = default;
};

/// The colour of coded pictures as code points. 2 means that it is not stated.
/// Source: Rec. ITU-T H.273, ISO/IEC 23091-2.
struct STREAMKIT_API ColorTags {
  int primaries = 2;
  int transfer = 2;
  int matrix = 2;
  /// Empty if it is not stated.
  std::optional<ColorRange> range = {};

  friend bool operator==(const ColorTags&, const ColorTags&) = default;
};

/// Describes a coded video track. `codec` is FFmpeg's name ("h264", "hevc").
struct STREAMKIT_API VideoTrack {
  std::string codec = "h264";
  VideoFormat format = {};
  /// The avcC or hvcC record or the Annex B parameter sets, as the encoder or container provided
  /// it.
  Bytes codec_config = {};
  /// Written for players by containers that support it.
  FramePacking packing = {};
  /// `format` is the size after turning, cropping and stretching to square pixels. Encoders give
  /// upright, uncropped frames of square pixels.
  Orientation orientation = {};
  PictureCrop crop = {};
  /// As the container states it. If it does not, the coded pictures may do.
  PixelAspect pixel_aspect = {};
  /// As the container or the first coded pictures state it. `format` has the colour after decoding.
  ColorTags coded_color = {};
  /// Written for players by containers that support it. All 0 if `format` is not HDR.
  HdrMetadata hdr = {};
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

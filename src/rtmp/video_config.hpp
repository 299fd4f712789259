#pragma once

#include <optional>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

enum class VideoCodec { H264, Hevc, Av1 };

/// What a decoder must know before the first frame of a video track.
struct VideoConfig {
  VideoCodec codec = VideoCodec::H264;
  /// avcC, hvcC or av1C. It announces NAL unit lengths of 4 bytes, whatever the publisher's have.
  Bytes record;
  /// The size of the publisher's NAL unit lengths.
  int length_bytes = 4;
  /// The NAL units of parameter sets; of AV1 the sequence header.
  std::vector<Bytes> parameter_sets;
  /// What the parameter sets state about frames. A frame rate of 0/1 is not stated.
  VideoFormat format;
  ColorTags color;
  PixelAspect pixel_aspect;
  bool interlaced = false;
};

/// A frame of a track as other rooms expect it.
struct CodedFrame {
  /// NAL units after lengths of 4 bytes; of AV1 a temporal unit without temporal delimiter.
  Bytes data;
  bool keyframe = false;
  /// The frame has parameter sets that the configuration lacks: the configuration from it on.
  std::optional<VideoConfig> new_config;
};

/// Reads the payload of a sequence header. Errors: CorruptData.
Result<VideoConfig> read_video_config(VideoCodec codec, ByteView record);

/// Reads the payload of a coded frame. `marked_keyframe` is what its message claims, which is used
/// for AV1 only. Returns nothing if the frame is damaged.
std::optional<CodedFrame> read_video_frame(const VideoConfig& config, ByteView payload,
                                           bool marked_keyframe);

/// The description of the track. The frame rate is that of the parameter sets, else 30.
VideoTrack video_track(const VideoConfig& config);

// --- The parts for each codec ---

Result<VideoConfig> read_avc_config(ByteView record);
Result<VideoConfig> read_hevc_config(ByteView record);
Result<VideoConfig> read_av1_config(ByteView record);

/// Creates a configuration from parameter sets. Errors: CorruptData.
Result<VideoConfig> make_avc_config(std::vector<Bytes> sets);
Result<VideoConfig> make_hevc_config(std::vector<Bytes> sets);
Result<VideoConfig> make_av1_config(ByteView sequence_header);

std::optional<CodedFrame> read_av1_frame(const VideoConfig& config, ByteView payload,
                                         bool marked_keyframe);

/// Returns the type of a NAL unit, which is not empty.
[[nodiscard]] int avc_unit_type(ByteView unit) noexcept;
[[nodiscard]] int hevc_unit_type(ByteView unit) noexcept;

}  // namespace streamkit::rtmp

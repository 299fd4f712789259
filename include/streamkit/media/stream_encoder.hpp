#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/video_codec.hpp>
#include <string>

namespace streamkit::media {

/// Options for H.264 or HEVC, and AAC-LC. Fixed once the encoder is open.
struct STREAMKIT_API EncoderOptions {
  /// An IDR starts every chunk of this length (see ChunkGrid), and is nowhere else. 0: keyframes
  /// where the encoder places them, for files. From 0.5 s.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// The preset of x264 or x265, "ultrafast" to "veryslow": slower ones give better quality per bit
  /// and take more time.
  std::string preset = "superfast";
  /// Constant quality, 0 (with H.264 lossless) to 51; a lower value gives better quality and costs
  /// bits. The same number is of similar quality in both codecs. Ignored if a bit rate is given.
  int crf = 23;
  /// Target bit rate of the video; capped at 1.5 times this over one second.
  std::optional<int> video_bit_rate_bps = {};
  int audio_bit_rate_bps = 128'000;
  /// Height of the output (720, 1080), with the width in proportion; frames are never enlarged.
  /// Even, from 16. 0: that of the source.
  int height_px = 0;
  /// Frames that refer to later ones. More save bits and delay the first timestamp; with 0 the
  /// video starts at exactly 0, which live players need.
  /// Of libx264 and libx265; hardware encoders use none.
  int b_frames = 0;
  /// Encoder threads; 0: one per core and half as many again. Above 3 megapixels they work on one
  /// frame at a time, which needs less memory.
  int threads = 0;
  /// Frames of 10 bits are HEVC (Main 10) whatever this is.
  VideoCodec codec = VideoCodec::H264;
  /// Stated with frames of 10 bits.
  HdrMetadata hdr = {};
  /// The encoder by FFmpeg's name, such as "h264_nvenc"; it must be one of `codec`. "auto": the
  /// first hardware encoder that works, otherwise libx264 or libx265; trying them takes up to some
  /// seconds, so callers that open several encoders call choose_encoder() once. Empty or
  /// "software": libx264 or libx265. Preset and crf become the nearest settings that a hardware
  /// encoder has. Frames of 10 bits are encoded by libx265.
  std::string encoder = {};
};

/// Opens one continuous encoder: closed GOPs, parameter sets in band at each IDR, Annex B packets.
/// AAC priming is dropped, so both tracks start at 0. Without `audio` only video may be pushed.
/// Errors: InvalidArgument (names the setting); Unsupported (this FFmpeg has no such encoder, or
/// it does not work on this machine: the message states why and what to do).
STREAMKIT_API Result<std::unique_ptr<Encoder>> open_encoder(
    const EncoderOptions& options, const VideoFormat& video,
    const std::optional<AudioFormat>& audio = {});

/// Returns a factory for stereo runners that opens encoders with `options`, for any format.
STREAMKIT_API [[nodiscard]] VideoEncoderFactory video_encoder_factory(EncoderOptions options);

}  // namespace streamkit::media

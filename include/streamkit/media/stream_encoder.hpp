#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::media {

/// H.264 (libx264) and AAC-LC. Frozen once the encoder is open.
struct STREAMKIT_API EncoderOptions {
  /// An IDR starts every chunk of this length (see ChunkGrid), and no other place. 0: keyframes
  /// where x264 likes them, for files. From 0.5 s.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// x264's preset, "ultrafast" to "veryslow": slower ones buy quality per bit with time.
  std::string preset = "superfast";
  /// Constant quality, 0 (lossless) to 51; lower buys quality with bits. Used unless a bit rate
  /// is given.
  int crf = 23;
  /// Target bit rate of the video; capped at 1.5 times this over one second.
  std::optional<int> video_bit_rate_bps = {};
  int audio_bit_rate_bps = 128'000;
  /// 0: the source's. Else pictures are scaled to this height (720, 1080), the width in proportion;
  /// never enlarged. Even, from 16.
  int height_px = 0;
  /// Pictures that refer to later ones. More save bits and delay the first timestamp; 0 lets
  /// video start at exactly 0, which live players need.
  int b_frames = 0;
  /// Encoder threads; 0: one per core and half as many again. Of pictures above 3 megapixels they
  /// share one at a time, which takes less memory.
  int threads = 0;
};

/// Opens one continuous encoder: closed GOPs, parameter sets in band at each IDR, Annex B packets.
/// AAC priming is dropped, so both tracks start at 0. Without `audio` only pictures may be pushed.
/// Errors: InvalidArgument (names the setting); Unsupported (no libx264 in this FFmpeg).
STREAMKIT_API [[nodiscard]] Result<std::unique_ptr<Encoder>> open_encoder(
    const EncoderOptions& options, const VideoFormat& video,
    const std::optional<AudioFormat>& audio = {});

/// A factory for stereo runners: `options` for whatever format comes.
STREAMKIT_API [[nodiscard]] VideoEncoderFactory video_encoder_factory(EncoderOptions options);

}  // namespace streamkit::media

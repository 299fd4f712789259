#pragma once

#include <streamkit/media/stream_encoder.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// What the options of x264 and x265 follow from.
struct EncoderPlan {
  const EncoderOptions& options;
  VideoFormat format;
  /// Keyframes are forced by the caller, and are nowhere else.
  bool forced_keyframes = false;
};

/// Returns the name of FFmpeg's encoder, and that of its codec for people.
[[nodiscard]] const char* encoder_name(VideoCodec codec) noexcept;
[[nodiscard]] const char* display_name(VideoCodec codec) noexcept;

/// Sets the quality and what is particular to the encoder: x264 and x265 take the same, by other
/// names.
void set_encoder_options(VideoCodec codec, const EncoderPlan& plan, Options& options);

}  // namespace streamkit::media

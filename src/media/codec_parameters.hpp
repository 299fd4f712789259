#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {

/// Sets the codec and its configuration. Errors: Unsupported (FFmpeg has no such codec of `type`).
Result<void> describe_codec(AVCodecParameters& parameters, const std::string& codec,
                            AVMediaType type, const Bytes& codec_config);

/// Sets the format of audio and where its loudspeakers are.
void describe_sound(AVCodecParameters& parameters, const AudioTrack& track);

/// Returns the pixel format of a video track, AV_PIX_FMT_NONE if it is not known.
[[nodiscard]] inline AVPixelFormat pixel_format_of(const AVCodecParameters& parameters) noexcept {
  return static_cast<AVPixelFormat>(parameters.format);
}

/// Returns the video track of a file. Its format is that of the frames after rotation. With
/// `keep_hdr`, HDR is not converted.
[[nodiscard]] VideoTrack video_track(const InputFile& file, bool keep_hdr = false);
/// Returns the audio track of a file. Precondition: the file has one.
[[nodiscard]] AudioTrack audio_track(const InputFile& file);
[[nodiscard]] AudioTrack audio_track(const AVStream& stream);

}  // namespace streamkit::media

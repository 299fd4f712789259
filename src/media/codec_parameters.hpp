#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {

/// Sets the codec and its configuration. Errors: Unsupported (FFmpeg knows no such codec of
/// `type`).
Result<void> describe_codec(AVCodecParameters& parameters, const std::string& codec,
                            AVMediaType type, const Bytes& codec_config);

/// The video track of a file. Its format is that of the frames after turning.
[[nodiscard]] VideoTrack video_track(const InputFile& file);
/// The audio track of a file. Precondition: it has one.
[[nodiscard]] AudioTrack audio_track(const InputFile& file);

}  // namespace streamkit::media
